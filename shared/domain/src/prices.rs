//! Prices and fees as administrators see them.

mod fee;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantArray};

pub use self::fee::{FeeRefusal, FeeRow, FeeTool};
use crate::money::Rate;
use crate::pricing::Price;
use crate::provider::Provider;

crate::word_schemas!(ServiceTier);

/// The service tiers that a price can apply to, as [`crate::pricing::canonical_tier`] names them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ServiceTier {
    #[default]
    Default,
    Flex,
    Priority,
    Scale,
    Ultrafast,
    Batch,
    /// Of providers whose prices follow the hour.
    Peak,
    /// Anthropic's `speed`, its geography, and both.
    Fast,
    Us,
    #[strum(serialize = "fast-us")]
    FastUs,
}

/// The content of a row. A rate of `None` is the next more general one, as in [`Price`].
#[derive(Debug, Clone)]
pub struct PriceFacts {
    pub provider: Provider,
    pub model: String,
    pub service_tier: String,
    /// The row is for calls with more input tokens than this.
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    /// When somebody should compare the row with the provider's page.
    pub review_on: Option<NaiveDate>,
    pub input: Rate,
    pub cached_input: Option<Rate>,
    pub cache_write: Option<Rate>,
    pub cache_write_long: Option<Rate>,
    pub output: Rate,
    pub audio_input: Option<Rate>,
    pub cached_audio_input: Option<Rate>,
    pub audio_output: Option<Rate>,
    pub image_output: Option<Rate>,
}

#[derive(Debug, Clone)]
pub struct PriceRow {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    pub facts: PriceFacts,
}

impl PriceFacts {
    /// The row with this content.
    pub fn with_id(self, id: i64) -> Price {
        Price {
            id,
            provider: self.provider,
            model: self.model,
            service_tier: self.service_tier,
            above_input_tokens: self.above_input_tokens,
            effective_from: self.effective_from,
            input: self.input,
            cached_input: self.cached_input,
            cache_write: self.cache_write,
            cache_write_long: self.cache_write_long,
            output: self.output,
            audio_input: self.audio_input,
            cached_audio_input: self.cached_audio_input,
            audio_output: self.audio_output,
            image_output: self.image_output,
        }
    }
}

impl From<PriceRow> for Price {
    fn from(row: PriceRow) -> Self {
        row.facts.with_id(row.id)
    }
}

impl PriceRow {
    pub fn audited(&self) -> Value {
        let facts = &self.facts;
        json!({
            "provider": facts.provider,
            "model": facts.model,
            "service_tier": facts.service_tier,
            "above_input_tokens": facts.above_input_tokens,
            "effective_from": facts.effective_from,
            "review_on": facts.review_on,
            "input": facts.input,
            "cached_input": facts.cached_input,
            "cache_write": facts.cache_write,
            "cache_write_long": facts.cache_write_long,
            "output": facts.output,
            "audio_input": facts.audio_input,
            "cached_audio_input": facts.cached_audio_input,
            "audio_output": facts.audio_output,
            "image_output": facts.image_output,
        })
    }
}

/// Which rows to list: all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct PriceFilter {
    pub provider: Option<Provider>,
    pub model: Option<String>,
    pub service_tier: Option<String>,
    /// Only rows in effect at this instant.
    pub at: Option<DateTime<Utc>>,
}

/// Why a change of prices was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceRefusal {
    #[error("an identical price exists")]
    Exists,
    #[error("calls were priced with it")]
    InUse,
    #[error("calls may have been priced with it")]
    MaybeInUse,
    #[error("another correction is still being written")]
    RevisionPending,
    #[error("the correction is undone, or is itself an undo")]
    AlreadyUndone,
    #[error("a later correction builds upon it")]
    BuiltUpon,
    #[error("there are more calls than one correction can process")]
    TooManyCalls,
}
