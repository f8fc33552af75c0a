//! What a call costs: dated price rows, and the one function that turns tokens into money.
//!
//! Estimates, upper bounds and settlements all use [`cost`], so they cannot drift apart.

mod book;
mod bound;
mod facts;
mod fees;
mod hours;
mod names;
mod receipt;
mod reprice;
mod request;
mod tier;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::price as price_of_text;

use chrono::{DateTime, Utc};

pub use book::{Alias, PriceBook, Quote};
pub use bound::{InputBound, PriceBound};
pub use facts::{ListedModel, ModelFacts, ModelLimits, ToolFee};
pub use fees::{Fee, Fees, SeenResponse, ToolUses};
pub use hours::hourly_tier;
pub use names::version_patterns;
pub use receipt::{Bucket, Receipt, ReceiptLine};
pub use reprice::{Billed, PastCall, Repriced};
pub use request::BoundedRequest;
pub use tier::{anthropic_tier, canonical_tier};

use crate::money::{PicoUsd, Rate};
use crate::provider::Provider;
use crate::usage::Usage;

/// One dated row of `model_prices`. A rate of `None` means the next more general one: of long cache writes that of cache
/// writes, of cached audio that of audio, in the end the plain input or output rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub id: i64,
    pub provider: Provider,
    pub model: String,
    /// The tier as [`canonical_tier`] names it: `default`, `priority`, `flex`, `fast-us`, …
    pub service_tier: String,
    /// The row applies to calls with strictly more input tokens than this; 0 means all calls.
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
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

impl Price {
    /// Whether the row applies to a call with this many input tokens.
    fn covers(&self, input_tokens: i64) -> bool {
        self.above_input_tokens == 0 || input_tokens > self.above_input_tokens
    }
}

/// The exact cost; `None` if it overflows or the usage is inconsistent (see [`Usage::is_consistent`]).
pub fn cost(price: &Price, usage: &Usage) -> Option<PicoUsd> {
    if !usage.is_consistent() {
        return None;
    }
    let mut total: i128 = 0;
    for (_, tokens, rate) in receipt::buckets(price, usage) {
        let part = i128::from(tokens).checked_mul(i128::from(rate.as_pico_per_token()))?;
        total = total.checked_add(part)?;
    }
    i64::try_from(total).ok().map(PicoUsd::from_pico)
}
