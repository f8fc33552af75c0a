//! Token counts of one call: as the provider reports them, and as the ledger records them. docs/METERING.md has the
//! rules and a table of cases.

mod hidden;
mod report;
mod resolve;

#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

pub use hidden::shows_all_output;
pub use report::{MAX_CREDIBLE_TOKENS, ReportedUsage, UsageReport};
pub use resolve::{Answer, UsageBound, resolve};

/// More tokens than any sum of attempts can have.
pub const MAX_TOKENS: i64 = 1_000_000_000_000;

/// Consistent counts: the four input buckets (uncached, cached, cache write, audio) are disjoint and add up to
/// `input_tokens`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub cache_write_tokens: i64,
    /// Audio that was not read from the cache.
    pub audio_input_tokens: i64,
    pub output_tokens: i64,
    /// Included in `output_tokens` and priced as such; for reports only.
    pub reasoning_tokens: i64,
    pub audio_output_tokens: i64,
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
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_add(other.cache_write_tokens),
            audio_input_tokens: self.audio_input_tokens.saturating_add(other.audio_input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            audio_output_tokens: self.audio_output_tokens.saturating_add(other.audio_output_tokens),
        }
    }

    /// Whether every count is possible and the buckets fit into their totals. Only such usage is priced.
    pub fn is_consistent(&self) -> bool {
        let parts = [self.cached_tokens, self.cache_write_tokens, self.audio_input_tokens];
        let possible = 0..=MAX_TOKENS;
        let input: i64 = parts.iter().fold(0, |sum, part| sum.saturating_add(*part));
        parts.iter().all(|part| possible.contains(part))
            && possible.contains(&self.input_tokens)
            && possible.contains(&self.output_tokens)
            && input <= self.input_tokens
            && (0..=self.output_tokens).contains(&self.reasoning_tokens)
            && (0..=self.output_tokens).contains(&self.audio_output_tokens)
    }

    /// Input at the plain input rate.
    pub fn uncached_tokens(&self) -> i64 {
        self.input_tokens - self.cached_tokens - self.cache_write_tokens - self.audio_input_tokens
    }

    /// Output at the plain output rate, including reasoning.
    pub fn text_output_tokens(&self) -> i64 {
        self.output_tokens - self.audio_output_tokens
    }

    pub fn total_tokens(&self) -> i64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}
