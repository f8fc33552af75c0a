//! Why the two sides of a day may differ.

use serde::Serialize;

use super::sums::{LedgerSums, ProviderSums, UsageCounts};
use crate::money::PicoUsdSum;

/// The likely reason for a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceCause {
    /// The day was not fetched, or the provider did not report it.
    NotFetched,
    /// The provider's usage of a recent day is still incomplete.
    NotYetFinal,
    /// Calls around midnight: the ledger dates calls by their end, the provider by their request.
    Boundary,
    /// The provider never reported the usage of some calls, so the ledger has upper bounds.
    EstimatedRows,
    /// Calls that failed after they were sent, so that their cost is unknown, may be among those that the provider
    /// counts.
    FailedMayBeBilled,
    /// The provider counts each attempt, and may bill one that was lost before another one succeeded.
    EarlierAttempts,
    /// The provider has more: another application uses the key or project.
    NotThroughUs,
    /// The ledger does not know what some calls cost.
    Unpriced,
    /// The same tokens were served by tiers other than the ledger's.
    TierDiffers,
    /// The same tokens have a different cost.
    PriceDiffers,
    /// It is unknown which of several provider keys the ledger's calls were made with.
    KeyUnknown,
    /// The ledger has more, and none of the above explains it.
    Unexplained,
}

/// The sums of both sides, and what is known about their difference.
#[derive(Debug, Clone, Copy)]
pub struct DifferenceFacts {
    pub ledger: LedgerSums,
    pub provider: ProviderSums,
    /// What the ledger would have more of if it dated calls by their request.
    pub moved: LedgerSums,
    pub is_final: bool,
    pub tiers_differ: bool,
    /// Whether the provider counts calls. If not, tokens alone are compared.
    pub counts_calls: bool,
}

impl DifferenceFacts {
    /// What the provider counts beyond the ledger.
    fn difference(&self) -> UsageCounts {
        self.comparable(self.provider.counts().minus(self.ledger.counts()))
    }

    /// As [`Self::difference`], if the ledger dated calls as the provider does.
    fn left(&self) -> UsageCounts {
        self.difference().minus(self.comparable(self.moved.counts()))
    }

    const fn comparable(&self, counts: UsageCounts) -> UsageCounts {
        if self.counts_calls { counts } else { UsageCounts { calls: 0, ..counts } }
    }
}

/// Amounts that differ by less than this are equal: a millionth of a USD plus a millionth of the amount, because the
/// provider adds up floats and rounds.
const TOLERANCE_PICO: i128 = 1_000_000;
const TOLERANCE_PARTS: i128 = 1_000_000;

/// All likely causes of the difference between both sides; none if they agree.
pub fn likely_causes(facts: &DifferenceFacts) -> Vec<DifferenceCause> {
    let DifferenceFacts { ledger, moved, .. } = facts;
    let (difference, left) = (facts.difference(), facts.left());
    let is_money_equal = is_money_equal(facts).unwrap_or(true);
    let mut causes = Vec::new();
    if difference != UsageCounts::ZERO {
        usage_causes(facts, difference, left, &mut causes);
    }
    let lacks_prices = ledger.unpriced_calls > 0;
    if lacks_prices && !(is_money_equal && ledger.cost.is_some() && left == UsageCounts::ZERO) {
        causes.push(DifferenceCause::Unpriced);
    }
    if left == UsageCounts::ZERO {
        if facts.tiers_differ {
            causes.push(DifferenceCause::TierDiffers);
        } else if !is_money_equal && !lacks_prices {
            let is_foreign = *ledger == LedgerSums::ZERO && *moved == LedgerSums::ZERO;
            causes.push(if is_foreign {
                DifferenceCause::NotThroughUs
            } else {
                DifferenceCause::PriceDiffers
            });
        }
    } else if causes.is_empty() {
        causes.push(DifferenceCause::Unexplained);
    }
    if !facts.is_final && (!causes.is_empty() || !is_money_equal) {
        causes.insert(0, DifferenceCause::NotYetFinal);
    }
    causes
}

fn usage_causes(
    facts: &DifferenceFacts,
    difference: UsageCounts,
    left: UsageCounts,
    causes: &mut Vec<DifferenceCause>,
) {
    let distance = |counts: UsageCounts| {
        if facts.counts_calls { counts.calls.abs() } else { counts.input_tokens.abs() }
    };
    let is_nearer = left == UsageCounts::ZERO || distance(left) < distance(difference);
    if facts.moved.counts() != UsageCounts::ZERO && is_nearer {
        causes.push(DifferenceCause::Boundary);
    }
    if left == UsageCounts::ZERO {
        return;
    }
    let estimates = facts.ledger.estimated_calls;
    if estimates > 0 {
        causes.push(DifferenceCause::EstimatedRows);
    }
    let has_more_tokens = left.input_tokens > 0 || left.output_tokens > 0;
    let ours = facts.ledger.plus(&facts.moved);
    let (maybe_billed, earlier) = (ours.maybe_billed_calls(), ours.earlier_attempts());
    let has_more_calls = if facts.counts_calls { left.calls > 0 } else { has_more_tokens };
    if has_more_calls && maybe_billed > 0 {
        causes.push(DifferenceCause::FailedMayBeBilled);
    }
    if has_more_calls && earlier > 0 {
        causes.push(DifferenceCause::EarlierAttempts);
    }
    if left.calls > maybe_billed + earlier || (left.calls == 0 && has_more_tokens && estimates == 0) {
        causes.push(DifferenceCause::NotThroughUs);
    }
}

/// `None` if either side's cost is unknown.
fn is_money_equal(facts: &DifferenceFacts) -> Option<bool> {
    let pico = |amount: Option<PicoUsdSum>| amount.map(PicoUsdSum::as_pico);
    let ours = pico(facts.ledger.cost)?.saturating_add(pico(facts.moved.cost).unwrap_or_default());
    let theirs = pico(facts.provider.cost)?;
    let tolerance = TOLERANCE_PICO.saturating_add(ours.saturating_abs() / TOLERANCE_PARTS);
    Some(theirs.saturating_sub(ours).saturating_abs() <= tolerance)
}
