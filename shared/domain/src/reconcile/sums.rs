//! Sums of a day, or of a part of it, on either side.

use crate::money::PicoUsdSum;

/// The ledger's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerSums {
    /// All calls. The provider does not count failed ones.
    pub calls: i64,
    pub failed_calls: i64,
    /// Estimated and abandoned calls.
    pub estimated_calls: i64,
    pub unpriced_calls: i64,
    /// Of all calls together.
    pub attempts: i64,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    /// Of the priced calls; `None` if there are calls and none of them is priced.
    pub cost: Option<PicoUsdSum>,
}

impl LedgerSums {
    pub const ZERO: Self = Self {
        calls: 0,
        failed_calls: 0,
        estimated_calls: 0,
        unpriced_calls: 0,
        attempts: 0,
        input_tokens: 0,
        cached_tokens: 0,
        output_tokens: 0,
        cost: Some(PicoUsdSum::ZERO),
    };

    /// What the provider would count for the same calls.
    pub fn counts(&self) -> UsageCounts {
        UsageCounts {
            calls: self.calls - self.failed_calls,
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_tokens,
            output_tokens: self.output_tokens,
        }
    }

    /// Failed calls that the provider may have billed: those of unknown cost. Others were refused, or billed and
    /// counted. The sums do not say which of the unpriced calls failed, so this is the most there can be.
    pub(super) fn maybe_billed_calls(&self) -> i64 {
        self.failed_calls.min(self.unpriced_calls).max(0)
    }

    /// Attempts before the last one of a call. Known tokens of theirs are in the sums, but the provider counts each as a
    /// request. Others were refused, or lost and billed; this is the most there can be of these.
    pub(super) fn earlier_attempts(&self) -> i64 {
        (self.attempts - self.calls).max(0)
    }

    /// A sum of 0 is not known where calls have no known cost and none is priced: the correction of an unpriced call
    /// adds 0.
    pub(super) fn with_known_cost(self) -> Self {
        let is_known = |cost: &PicoUsdSum| {
            cost.as_pico() != 0 || self.unpriced_calls <= 0 || self.calls > self.unpriced_calls
        };
        Self { cost: self.cost.filter(is_known), ..self }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.combine(other, 1)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.combine(other, -1)
    }

    fn combine(&self, other: &Self, sign: i64) -> Self {
        let signed =
            |cost: PicoUsdSum| PicoUsdSum::from_pico(cost.as_pico().saturating_mul(i128::from(sign)));
        Self {
            calls: self.calls + sign * other.calls,
            failed_calls: self.failed_calls + sign * other.failed_calls,
            estimated_calls: self.estimated_calls + sign * other.estimated_calls,
            unpriced_calls: self.unpriced_calls + sign * other.unpriced_calls,
            attempts: self.attempts + sign * other.attempts,
            input_tokens: self.input_tokens + sign * other.input_tokens,
            cached_tokens: self.cached_tokens + sign * other.cached_tokens,
            output_tokens: self.output_tokens + sign * other.output_tokens,
            cost: add_known(self.cost, other.cost.map(signed)),
        }
    }
}

/// The provider's sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderSums {
    pub calls: i64,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    /// `None` if not reported: the provider does not bill by key, and costs may arrive late.
    pub cost: Option<PicoUsdSum>,
}

impl ProviderSums {
    pub const fn counts(&self) -> UsageCounts {
        UsageCounts {
            calls: self.calls,
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_tokens,
            output_tokens: self.output_tokens,
        }
    }

    pub(super) fn add_counts(&mut self, counts: UsageCounts) {
        let UsageCounts { calls, input_tokens, cached_tokens, output_tokens } = self.counts().plus(counts);
        *self = Self { calls, input_tokens, cached_tokens, output_tokens, cost: self.cost };
    }

    pub(super) fn add_cost(&mut self, cost: PicoUsdSum) {
        self.cost = add_known(self.cost, Some(cost));
    }
}

/// What both sides count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageCounts {
    pub calls: i64,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
}

impl UsageCounts {
    pub const ZERO: Self = Self { calls: 0, input_tokens: 0, cached_tokens: 0, output_tokens: 0 };

    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls - other.calls,
            input_tokens: self.input_tokens - other.input_tokens,
            cached_tokens: self.cached_tokens - other.cached_tokens,
            output_tokens: self.output_tokens - other.output_tokens,
        }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        self.minus(Self::ZERO.minus(other))
    }
}

/// The known part of a sum.
fn add_known(one: Option<PicoUsdSum>, other: Option<PicoUsdSum>) -> Option<PicoUsdSum> {
    match (one, other) {
        (Some(one), Some(other)) => one.as_pico().checked_add(other.as_pico()).map(PicoUsdSum::from_pico),
        (one, other) => one.or(other),
    }
}
