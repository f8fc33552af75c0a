//! The reconciliation as its response shows it.

use chrono::NaiveDate;
use domain::money::PicoUsdSum;
use domain::provider::Provider;
use domain::reconcile::{
    DifferenceCause, LedgerSums, ProviderSums, ReconcileRow, ReportedFigures, UsageCounts,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::bounds::text;

/// The ledger and the provider's figures, day by day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    #[schema(value_type = String)]
    pub provider: Provider,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// End of the range, exclusive.
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    pub fetching: Fetching,
    /// Days never fetched from the provider: its usage is unknown, not zero.
    #[schema(value_type = Vec<String>)]
    pub missing_days: Vec<NaiveDate>,
    pub rows: Vec<ReconciliationRow>,
}

/// State of fetching the provider's figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fetching {
    /// `never`, `complete`, `incomplete` (continues within a minute), `unauthorised` (the admin key was refused) or
    /// `failed`.
    pub status: String,
    #[schema(required = true, format = DateTime)]
    pub attempted_at: Option<String>,
    /// When all days that may still change were last fetched.
    #[schema(required = true, format = DateTime)]
    pub succeeded_at: Option<String>,
    #[schema(required = true)]
    pub error: Option<String>,
}

/// A day, or a model or provider's key on it.
#[expect(clippy::option_option, reason = "absent where not grouped by key, null where the key is unknown")]
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationRow {
    #[schema(value_type = String, format = Date)]
    pub day: NaiveDate,
    /// The model version that served; a tool with fees of its own (`web search`, `file search`, `code interpreter`),
    /// whose cost is not part of the model's; or another line item. Present if grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider's id of its key; null where the ledger's calls may be of several keys. Present if grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub api_key_id: Option<Option<String>>,
    /// When the provider's figures were fetched; null for never.
    #[schema(required = true, format = DateTime)]
    pub fetched_at: Option<String>,
    /// Whether the provider's figures are final.
    pub is_final: bool,
    #[schema(required = true)]
    pub ledger: Option<LedgerSide>,
    #[schema(required = true)]
    pub provider: Option<ReconciledCounts>,
    /// The provider's figures minus the ledger's, without failed calls, which the provider does not count.
    #[schema(required = true)]
    pub difference: Option<ReconciledCounts>,
    /// Likely reasons for a difference: `not_fetched`, `not_yet_final`, `boundary`, `estimated_rows`,
    /// `failed_may_be_billed` (failed calls of unknown cost, at most that many), `earlier_attempts` (of calls that were
    /// tried again), `not_through_us`, `unpriced`, `tier_differs`, `price_differs`, `key_unknown`, `unexplained`. Empty
    /// where both sides agree.
    #[schema(value_type = Vec<String>)]
    pub causes: Vec<DifferenceCause>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerSide {
    #[serde(flatten)]
    pub counts: ReconciledCounts,
    /// Not part of `calls`, which counts only calls that the provider counts too.
    pub failed_calls: i64,
    pub estimated_calls: i64,
    pub unpriced_calls: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciledCounts {
    /// Null where the provider counts tokens only.
    #[schema(required = true)]
    pub calls: Option<i64>,
    /// Including cached tokens.
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    /// An exact decimal; null where it is unknown.
    #[schema(value_type = Option<String>, required = true, example = "12.3456")]
    pub cost_usd: Option<PicoUsdSum>,
}

impl ReconciledCounts {
    /// The provider's, or what the provider has beyond the ledger.
    fn reported(counts: UsageCounts, cost_usd: Option<PicoUsdSum>, reported: ReportedFigures) -> Self {
        let counts = Self::new(counts, cost_usd);
        Self { calls: counts.calls.filter(|_| reported.calls), ..counts }
    }

    fn new(counts: UsageCounts, cost_usd: Option<PicoUsdSum>) -> Self {
        let UsageCounts { calls, input_tokens, cached_tokens, output_tokens } = counts;
        Self { calls: Some(calls), input_tokens, cached_tokens, output_tokens, cost_usd }
    }
}

impl ReconciliationRow {
    pub(crate) fn new(row: ReconcileRow, by_key: bool, reported: ReportedFigures) -> Self {
        let ledger = |ledger: LedgerSums| LedgerSide {
            counts: ReconciledCounts::new(ledger.counts(), ledger.cost),
            failed_calls: ledger.failed_calls,
            estimated_calls: ledger.estimated_calls,
            unpriced_calls: ledger.unpriced_calls,
        };
        Self {
            day: row.day,
            fetched_at: row.fetched.map(|fetched| text(fetched.fetched_at)),
            is_final: row.fetched.is_some_and(|fetched| fetched.is_final),
            ledger: row.ledger.map(ledger),
            provider: row.provider.map(|provider: ProviderSums| {
                ReconciledCounts::reported(provider.counts(), provider.cost, reported)
            }),
            difference: row
                .difference()
                .map(|(counts, cost)| ReconciledCounts::reported(counts, cost, reported)),
            causes: row.causes,
            model: row.model,
            api_key_id: by_key.then_some(row.api_key_id),
        }
    }
}
