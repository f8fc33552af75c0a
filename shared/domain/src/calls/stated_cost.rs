//! What an upstream says that its answer costs, beside what the price rows give.

use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::CallEnding;
use crate::money::PicoUsd;
use crate::upstreams::PriceSource;
use crate::usage::ReportedCost;
use crate::words::Word;

crate::word_schemas!(CostSource);

/// Which of them is the cost of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum CostSource {
    /// That of the price rows.
    #[default]
    Table,
    /// That of the upstream.
    Upstream,
    /// That of the price rows, although the upstream's was to be: it stated none.
    Fallback,
}

impl CostSource {
    /// As the ledger stores it: null where the price rows were meant, as in all rows from before there was another
    /// source.
    pub fn stored(self) -> Option<&'static str> {
        (self != Self::Table).then(|| self.as_str())
    }

    pub fn from_stored(stored: Option<&str>) -> Self {
        stored.and_then(Self::from_word).unwrap_or_default()
    }
}

/// Both figures, without attempts that failed before the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatedCost {
    pub source: CostSource,
    pub stated: Option<PicoUsd>,
    /// By the price rows; none unless the upstream stated a cost. `None` if there is no price, too.
    pub table: Option<PicoUsd>,
}

impl StatedCost {
    /// Whether it differs from the table by more than this many hundredths of the larger figure.
    pub const TOLERANCE_PERCENT: i64 = 1;

    /// The figures of an answer that costs `table` by the price rows.
    pub(super) fn of(ending: &CallEnding, meant: PriceSource, table: Option<PicoUsd>) -> Self {
        let outcome = &ending.outcome;
        let stated = ending.stated_cost().and_then(ReportedCost::known).filter(|_| !outcome.is_not_billed);
        // Of an answer that broke off, only a part.
        let is_final = outcome.answer.is_none_or(|answer| answer.is_final);
        let source = match (meant, stated) {
            (PriceSource::Upstream, Some(_)) if is_final => CostSource::Upstream,
            (PriceSource::Upstream, _) if outcome.answer.is_some() => CostSource::Fallback,
            _ => CostSource::Table,
        };
        Self { source, stated, table: table.filter(|_| stated.is_some()) }
    }

    /// The cost of the answer.
    pub(super) fn cost(self, table: Option<PicoUsd>) -> Option<PicoUsd> {
        if self.source == CostSource::Upstream { self.stated } else { table }
    }

    /// The stated cost minus that of the price rows.
    pub fn difference(self) -> Option<PicoUsd> {
        self.stated?.checked_sub(self.table?)
    }
}

impl CallEnding {
    /// What the upstream said: the head is of the server that was called, the body may be of one behind it.
    pub fn stated_cost(&self) -> Option<ReportedCost> {
        let in_body = self.outcome.usage.as_ref().and_then(|usage| usage.report.stated_cost);
        self.exchange.stated_cost.or(in_body)
    }
}
