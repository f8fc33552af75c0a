//! Changes to a request body as splices of its text.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use domain::calls::Endpoint;

use crate::wire::fields::{members, offset_in};

const USAGE_OPTIONS: &str = r#"{"include_usage":true}"#;

#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

impl Edit {
    /// A new last member of the object that closes at `end`. There is always a member before it, because a body without
    /// `model` is not parsed.
    pub(super) fn new_member(end: usize, name: &str, value: &str) -> Self {
        Self { range: end..end, text: format!(r#","{name}":{value}"#) }
    }
}

/// The members that bound output; the first is the one to fill in.
pub(super) fn output_bound_params(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::LlmChat | Endpoint::ChatCompletions => &["max_completion_tokens", "max_tokens"],
        Endpoint::Responses => &["max_output_tokens"],
        Endpoint::Completions => &["max_tokens"],
        Endpoint::Embeddings
        | Endpoint::ResponsesCompact
        | Endpoint::ResponsesInputTokens
        | Endpoint::Moderations
        | Endpoint::ResponsesRetrieve
        | Endpoint::ResponsesDelete
        | Endpoint::ResponsesCancel
        | Endpoint::ResponsesInputItems => &[],
    }
}

/// Turns on `include_usage`, in the `stream_options` at `range` or in new ones.
pub(super) fn include_usage_edit(body: &[u8], stream_options: Option<&Range<usize>>, end: usize) -> Edit {
    let Some(range) = stream_options else {
        return Edit::new_member(end, "stream_options", USAGE_OPTIONS);
    };
    edit_inside(body, range).unwrap_or_else(|| Edit { range: range.clone(), text: USAGE_OPTIONS.to_owned() })
}

/// The change inside an existing `stream_options` object; `None` if it is null.
fn edit_inside(body: &[u8], range: &Range<usize>) -> Option<Edit> {
    let options = std::str::from_utf8(body.get(range.clone())?).ok()?;
    let fields = members(options).ok()?;
    if let Some(member) = fields.iter().find(|member| member.key == "include_usage") {
        let start = range.start + offset_in(options, member.value);
        return Some(Edit { range: start..start + member.value.len(), text: "true".to_owned() });
    }
    let text = if fields.is_empty() { r#""include_usage":true"# } else { r#""include_usage":true,"# };
    Some(Edit { range: range.start + 1..range.start + 1, text: text.to_owned() })
}

/// The body with the edits made; they must not overlap.
pub(super) fn apply(body: &Bytes, mut edits: Vec<&Edit>) -> Bytes {
    if edits.is_empty() {
        return body.clone();
    }
    edits.sort_by_key(|edit| edit.range.start);
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut changed = BytesMut::with_capacity(body.len() + added);
    let mut copied = 0;
    for edit in edits {
        changed.extend_from_slice(&body[copied..edit.range.start]);
        changed.extend_from_slice(edit.text.as_bytes());
        copied = edit.range.end;
    }
    changed.extend_from_slice(&body[copied..]);
    changed.freeze()
}
