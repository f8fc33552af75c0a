//! Both sides of some days, as they were read.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::sums::{LedgerSums, ProviderSums};
use crate::money::PicoUsdSum;
use crate::provider::Provider;

#[derive(Debug, Clone, Default)]
pub struct ReconcileInput {
    pub reported: ReportedFigures,
    pub ledger: Vec<LedgerLine>,
    /// Calls that began on the day before the one the ledger dates them to.
    pub moved: Vec<LedgerLine>,
    pub usage: Vec<ProviderLine>,
    /// By day and model or other line item.
    pub costs: Vec<(NaiveDate, Option<String>, PicoUsdSum)>,
    /// Days fetched from the provider.
    pub days: BTreeMap<NaiveDate, FetchedDay>,
}

#[derive(Debug, Clone)]
pub struct LedgerLine {
    pub day: NaiveDate,
    /// The model that served, or the tool that fees are for; `None` if rows are not grouped by model.
    pub model: Option<String>,
    pub service_tier: Option<String>,
    pub sums: LedgerSums,
}

#[derive(Debug, Clone)]
pub struct ProviderLine {
    pub day: NaiveDate,
    pub model: Option<String>,
    pub api_key_id: Option<String>,
    pub service_tier: Option<String>,
    pub sums: ProviderSums,
}

/// Which figures a provider reports beside tokens and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedFigures {
    /// The number of calls.
    pub calls: bool,
    /// The tiers that served, by the names that the ledger has for them.
    pub service_tiers: bool,
}

impl ReportedFigures {
    pub fn of(provider: &Provider) -> Self {
        let are_reported = *provider != Provider::ANTHROPIC;
        Self { calls: are_reported, service_tiers: are_reported }
    }
}

impl Default for ReportedFigures {
    fn default() -> Self {
        Self { calls: true, service_tiers: true }
    }
}

/// When a day was fetched from the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchedDay {
    pub fetched_at: DateTime<Utc>,
    pub is_final: bool,
    pub has_costs: bool,
}

/// What the rows of a day are grouped by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReconcileGroups {
    pub by_model: bool,
    /// By the provider's key.
    pub by_key: bool,
}
