//! What a run did: the function's answer and its last log line.

use chrono::{DateTime, Utc};
use ledger::rollups::Checked;
use serde::Serialize;

use crate::provider_usage::ProviderUsageRun;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Names of applied migrations, in order.
    pub applied: Vec<&'static str>,
    /// Whether an admin key was created and written to its secret.
    pub admin_key_created: bool,
    pub partitions_created: i64,
    /// Calls past their deadline, now recorded as abandoned.
    pub abandoned_calls: usize,
    /// Settled calls whose reservations had not been released.
    pub released_calls: usize,
    /// Calls in the background that the provider was asked about and that have ended.
    pub settled_background_calls: usize,
    /// Transactions of the sealer.
    pub sealed_chunks: usize,
    pub rebuilt_days: usize,
    /// The first day that a rebuild had no time for; the next rebuild should start there.
    pub rebuild_next: Option<DateTime<Utc>>,
    /// Sums that differ between rollups and ledger.
    pub rollup_differences: usize,
    /// Sums of price corrections that differ from their entries.
    pub price_sum_differences: i64,
    /// Price corrections that are incomplete or may have missed calls in flight.
    pub open_price_revisions: usize,
    /// Monthly partitions emptied because they are past the retention period.
    pub emptied_partitions: Vec<String>,
    /// Expired limit windows that were removed.
    pub removed_windows: u64,
    pub removed_events: u64,
    /// Responses and other objects that the provider no longer has.
    pub removed_objects: u64,
    /// Delivery attempts for limit events: successful, to be retried, and given up.
    pub delivered_events: usize,
    pub postponed_events: usize,
    pub failed_events: usize,
    /// The fetch of each provider's own usage and costs.
    pub provider_usage: Vec<ProviderUsageRun>,
}

impl Report {
    /// All sums found wrong.
    pub fn differences(&self) -> usize {
        self.rollup_differences + usize::try_from(self.price_sum_differences).unwrap_or_default()
    }

    pub(crate) fn record_check(&mut self, checked: Checked) {
        self.rollup_differences = checked.differences;
        self.price_sum_differences = checked.price_sum_differences;
        if self.differences() > 0 {
            tracing::error!(
                rollup_differences = self.differences(),
                price_sum_differences = checked.price_sum_differences,
                "Rollups differ from the ledger: see usage_rollup_differences, then rebuild the affected days."
            );
        }
    }
}
