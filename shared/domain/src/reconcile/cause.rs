//! Why two sides may differ: a decision from what both say of a day.

use serde::Serialize;

use super::{Counts, Figures, Ledger};
use crate::money::PicoUsdSum;

/// The likely reason for a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The provider was not asked for the day, or said nothing.
    NotFetched,
    /// The provider's figures of a recent day are still coming in.
    NotYetFinal,
    /// Calls around midnight: the ledger dates them by their end, the provider by their request.
    Boundary,
    /// The provider never told the ledger what some calls used; it holds upper bounds.
    EstimatedRows,
    /// The provider has more: another application uses its key or project.
    NotThroughUs,
    /// The ledger does not know what some calls cost.
    Unpriced,
    /// The same tokens were served by other tiers than the ledger has.
    TierDiffers,
    /// The same tokens cost something else.
    PriceDiffers,
    /// The ledger does not know which of several keys of the provider's its calls were made with.
    KeyUnknown,
    /// The ledger has more, and nothing of the above explains it.
    Unexplained,
}

/// What both sides say, and what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub ledger: Ledger,
    pub figures: Figures,
    /// What the ledger would have more of, were calls dated by their request.
    pub moved: Ledger,
    pub is_final: bool,
    pub tiers_differ: bool,
}

/// Amounts within this of one another are equal: a millionth of a USD, and a millionth of the amount. The provider adds
/// up floats and rounds.
const TOLERANCE_PICO: i128 = 1_000_000;
const TOLERANCE_PARTS: i128 = 1_000_000;

pub fn causes(facts: &Facts) -> Vec<Cause> {
    let Facts { ledger, figures, moved, .. } = facts;
    let difference = figures.counts().minus(ledger.counts());
    let left = difference.minus(moved.counts());
    let is_money_equal = is_money_equal(facts).unwrap_or(true);
    let mut causes = Vec::new();
    if difference != Counts::ZERO {
        usage_causes(facts, difference, left, &mut causes);
    }
    let lacks_prices = ledger.unpriced_calls > 0;
    if lacks_prices && !(is_money_equal && ledger.cost.is_some() && left == Counts::ZERO) {
        causes.push(Cause::Unpriced);
    }
    if left == Counts::ZERO {
        if facts.tiers_differ {
            causes.push(Cause::TierDiffers);
        } else if !is_money_equal && !lacks_prices {
            causes.push(Cause::PriceDiffers);
        }
    } else if causes.is_empty() {
        causes.push(Cause::Unexplained);
    }
    if !facts.is_final && (!causes.is_empty() || !is_money_equal) {
        causes.insert(0, Cause::NotYetFinal);
    }
    causes
}

fn usage_causes(facts: &Facts, difference: Counts, left: Counts, causes: &mut Vec<Cause>) {
    let is_nearer = left == Counts::ZERO || left.calls.abs() < difference.calls.abs();
    if facts.moved.counts() != Counts::ZERO && is_nearer {
        causes.push(Cause::Boundary);
    }
    if left == Counts::ZERO {
        return;
    }
    let estimates = facts.ledger.estimated_calls;
    if estimates > 0 {
        causes.push(Cause::EstimatedRows);
    }
    let has_more_tokens = left.input_tokens > 0 || left.output_tokens > 0;
    if left.calls > 0 || (left.calls == 0 && has_more_tokens && estimates == 0) {
        causes.push(Cause::NotThroughUs);
    }
}

/// `None` where either side does not know.
fn is_money_equal(facts: &Facts) -> Option<bool> {
    let pico = |amount: Option<PicoUsdSum>| amount.map(PicoUsdSum::as_pico);
    let ours = pico(facts.ledger.cost)?.saturating_add(pico(facts.moved.cost).unwrap_or_default());
    let theirs = pico(facts.figures.cost)?;
    let tolerance = TOLERANCE_PICO.saturating_add(ours.saturating_abs() / TOLERANCE_PARTS);
    Some(theirs.saturating_sub(ours).saturating_abs() <= tolerance)
}
