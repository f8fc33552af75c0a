//! What a request contains, as far as it decides how much input and how many tool calls the provider can bill.

use serde::{Deserialize, Serialize};

/// Parts of a request by how they are bounded: text by its bytes, images by a rule, everything else by the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "found independently of each other")]
pub struct RequestContent {
    /// UTF-8 bytes of the body without inline images: its text cannot have more tokens than bytes.
    pub text_bytes: i64,
    pub images: i64,
    /// Images sent with `detail: low`; not included in `images`.
    pub low_detail_images: i64,
    /// Items that a model generated earlier and the provider stored: each is at most one whole output.
    pub stored_outputs: i64,
    /// Web searches of earlier turns that are sent back: the provider may read the result of each again.
    pub earlier_searches: i64,
    /// Whether something refers to input of unknown size, which only the context window bounds.
    pub fills_window: bool,
    /// Whether input may be written to the cache for a longer time, which can be dearer than all else.
    #[serde(default)]
    pub cache_writes_long: bool,
    /// Whether input is audio, whose tokens can be dearer than those of text.
    #[serde(default)]
    pub has_audio: bool,
    /// Whether output may be audio, and images, whose tokens can be dearer than those of text.
    #[serde(default)]
    pub may_speak: bool,
    #[serde(default)]
    pub may_draw: bool,
    /// Whether other models may work on the answer, at their own prices: what it costs has no bound.
    #[serde(default)]
    pub uses_other_models: bool,
    /// The built-in tools that the provider runs, named as in the fee table.
    pub tools: Vec<String>,
    /// The caller's own bound on calls of built-in tools.
    pub max_tool_calls: Option<i64>,
    /// Names of the parts that no number in the request bounds, for error messages.
    pub unbounded: Vec<String>,
}

impl RequestContent {
    /// A request that is only text.
    pub fn text(bytes: usize) -> Self {
        Self { text_bytes: i64::try_from(bytes).unwrap_or(i64::MAX), ..Self::default() }
    }

    /// Whether input may be audio: some is, or what is not in the request may be.
    pub fn may_hold_audio(&self) -> bool {
        self.has_audio || self.fills_window || self.stored_outputs > 0
    }
}
