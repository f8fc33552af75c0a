//! Token counts of one call: as the provider reports them, and as the ledger records them. docs/METERING.md has the
//! rules and a table of cases.

mod hidden;
mod readings;
mod report;
mod resolve;

#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

pub use hidden::shows_all_output;
pub use readings::AllowedReadings;
pub use report::{MAX_CREDIBLE_TOKENS, ReportedCost, ReportedUsage, UsageReport};
pub use resolve::{Answer, UsageBound, resolve};

/// More tokens than any sum of attempts can have.
pub const MAX_TOKENS: i64 = 1_000_000_000_000;

/// Consistent counts: the input buckets (uncached, cached, cache write, long cache write, audio, cached audio) are
/// disjoint and add up to `input_tokens`, as text, audio and images do to `output_tokens`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: i64,
    pub cached_tokens: i64,
    /// Written to the cache for the usual time.
    pub cache_write_tokens: i64,
    /// Written to the cache for a longer time, such as an hour, at a rate of its own.
    #[serde(default)]
    pub cache_write_long_tokens: i64,
    /// Audio that was not read from the cache.
    pub audio_input_tokens: i64,
    /// Audio read from the cache, where the provider reports it apart.
    #[serde(default)]
    pub cached_audio_tokens: i64,
    pub output_tokens: i64,
    /// Included in `output_tokens` and priced as such; for reports only.
    pub reasoning_tokens: i64,
    pub audio_output_tokens: i64,
    #[serde(default)]
    pub image_output_tokens: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UsageQuality {
    /// The provider's own final counts.
    #[default]
    Exact,
    /// Counts were missing, not final, or contradicted each other: the numbers are an upper bound.
    Estimated,
}

impl Usage {
    /// The sum, as for several attempts of one call.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        self.zip(other, i64::saturating_add)
    }

    /// What is left without a part of it.
    #[must_use]
    pub fn minus(self, part: &Self) -> Self {
        self.zip(part, i64::saturating_sub)
    }

    fn zip(self, other: &Self, combine: fn(i64, i64) -> i64) -> Self {
        Self {
            input_tokens: combine(self.input_tokens, other.input_tokens),
            cached_tokens: combine(self.cached_tokens, other.cached_tokens),
            cache_write_tokens: combine(self.cache_write_tokens, other.cache_write_tokens),
            cache_write_long_tokens: combine(self.cache_write_long_tokens, other.cache_write_long_tokens),
            audio_input_tokens: combine(self.audio_input_tokens, other.audio_input_tokens),
            cached_audio_tokens: combine(self.cached_audio_tokens, other.cached_audio_tokens),
            output_tokens: combine(self.output_tokens, other.output_tokens),
            reasoning_tokens: combine(self.reasoning_tokens, other.reasoning_tokens),
            audio_output_tokens: combine(self.audio_output_tokens, other.audio_output_tokens),
            image_output_tokens: combine(self.image_output_tokens, other.image_output_tokens),
        }
    }

    /// Whether every count is possible and the buckets fit into their totals. Only such usage is priced.
    pub fn is_consistent(&self) -> bool {
        let possible = 0..=MAX_TOKENS;
        let fit = |parts: &[i64], total: i64| {
            let sum = parts.iter().fold(0, |sum: i64, part| sum.saturating_add(*part));
            parts.iter().all(|part| possible.contains(part)) && possible.contains(&total) && sum <= total
        };
        fit(&self.input_parts(), self.input_tokens)
            && fit(&[self.audio_output_tokens, self.image_output_tokens], self.output_tokens)
            && (0..=self.output_tokens).contains(&self.reasoning_tokens)
    }

    /// The buckets of input that have rates of their own.
    fn input_parts(&self) -> [i64; 5] {
        [
            self.cached_tokens,
            self.cache_write_tokens,
            self.cache_write_long_tokens,
            self.audio_input_tokens,
            self.cached_audio_tokens,
        ]
    }

    /// Input at the plain input rate.
    pub fn uncached_tokens(&self) -> i64 {
        self.input_parts().into_iter().fold(self.input_tokens, i64::saturating_sub)
    }

    /// Output at the plain output rate, including reasoning.
    pub fn text_output_tokens(&self) -> i64 {
        self.output_tokens.saturating_sub(self.audio_output_tokens).saturating_sub(self.image_output_tokens)
    }

    pub fn total_tokens(&self) -> i64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}
