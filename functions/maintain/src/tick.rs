//! The work of each minute.

use ledger::limits::upkeep;
use ledger::rollups::{self, Pace};
use ledger::{Database, DbError, calls, objects, partitions, prices};

use crate::delivery::{Delivery, Tally};
use crate::report::Report;

pub(crate) struct Tick<'a> {
    pub database: &'a Database,
    pub retention_months: Option<u32>,
    pub delivery: &'a Delivery,
}

impl Tick<'_> {
    /// Runs all steps. A step that fails does not keep later ones from running; the first lasting error is returned.
    pub(crate) async fn run(&self, report: &mut Report) -> Result<(), DbError> {
        report.abandoned_calls = self.sweep().await?;
        report.released_calls = self.release().await?;
        // Another run may hold the rollups, or a lost connection its locks.
        let sealed = or_next_minute(self.seal(report).await, "Sealing is postponed to the next minute.");
        let partitions = partitions::create_missing(self.database).await;
        let partitioned = or_next_minute(
            partitions.map(|count| report.partitions_created = count),
            "Creating partitions is postponed to the next minute: a long read holds the ledger.",
        );
        let repriced = prices::entries::continue_all(self.database).await;
        let repriced = or_next_minute(
            repriced.map(|count| report.open_price_revisions = count),
            "Price corrections are postponed to the next minute.",
        );
        let pruned = objects::prune(self.database).await;
        let pruned = or_next_minute(
            pruned.map(|count| report.removed_objects = count),
            "Forgetting old responses is postponed to the next minute.",
        );
        // Last, because receivers may be slow. Notifications go out even if rollups fail.
        let notified = self.notify(report).await;
        or_next_minute(notified, "Limit events are postponed to the next minute.")?;
        pruned?;
        repriced?;
        partitioned?;
        sealed
    }

    async fn sweep(&self) -> Result<usize, DbError> {
        let mut swept = 0;
        loop {
            let ids = calls::sweep(self.database).await?;
            if ids.is_empty() {
                return Ok(swept);
            }
            for call_id in &ids {
                tracing::warn!(%call_id, "A call was abandoned.");
            }
            swept += ids.len();
        }
    }

    async fn release(&self) -> Result<usize, DbError> {
        let mut released = 0;
        loop {
            match calls::release_settled(self.database).await? {
                0 => return Ok(released),
                count => released += count,
            }
        }
    }

    async fn seal(&self, report: &mut Report) -> Result<(), DbError> {
        let sealed = rollups::seal(self.database, Pace::default()).await?;
        report.sealed_chunks = sealed.chunks;
        if !sealed.is_complete {
            tracing::warn!(chunks = sealed.chunks, "Sealing is behind; it continues in the next minute.");
        }
        report.record_check(rollups::check_recent(self.database).await?);
        if let Some(months) = self.retention_months {
            let dropped = partitions::drop_older(self.database, months).await?;
            if dropped.blocking_differences > 0 {
                tracing::warn!(
                    differences = dropped.blocking_differences,
                    "Old calls are kept: their sums differ from them. Rebuild the days in usage_rollup_differences."
                );
            }
            report.emptied_partitions = dropped.emptied;
        }
        Ok(())
    }

    async fn notify(&self, report: &mut Report) -> Result<(), DbError> {
        (report.removed_windows, report.removed_events) = upkeep::remove_old(self.database).await?;
        let Tally { delivered, postponed, failed } = self.delivery.run(self.database).await?;
        (report.delivered_events, report.postponed_events, report.failed_events) =
            (delivered, postponed, failed);
        Ok(())
    }
}

/// Transient errors are left to the next minute, which continues from here.
fn or_next_minute(result: Result<(), DbError>, message: &str) -> Result<(), DbError> {
    match result {
        Err(error) if error.is_transient() => {
            tracing::warn!(%error, "{message}");
            Ok(())
        }
        result => result,
    }
}
