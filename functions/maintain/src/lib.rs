//! Work that belongs to no call: migrations on deploy; each minute the sweep, the rollups, the partitions, and the events
//! of limits; each hour the provider's own figures.

mod config;
mod delivery;
mod event;
mod figures;

use std::time::Duration;

use chrono::{DateTime, Utc};
use ledger::limits::upkeep;
use ledger::migrate::MigrateError;
use ledger::rollups::{self, Checked, Pace};
use ledger::{Database, DbError, calls, migrate, partitions, prices};
use platform::secrets::Secrets;
use serde::Serialize;

pub use self::config::Config;
pub use self::delivery::WebhookError;
use self::delivery::{Delivery, Tally};
pub use self::event::Event;
use self::figures::Fetcher;
pub use self::figures::Figures;

/// Kept back of a host's time when a rebuild begins a day: a million calls take a minute or so.
const TIME_OF_A_DAY: Duration = Duration::from_mins(3);

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Names of migrations, in the order they were applied.
    pub applied: Vec<&'static str>,
    pub partitions_created: i64,
    /// Calls past their deadline, now in the ledger as abandoned.
    pub abandoned_calls: usize,
    /// Settled calls that still held what they had reserved.
    pub released_calls: usize,
    /// Transactions of the sealer.
    pub sealed_chunks: usize,
    /// Days made anew.
    pub rebuilt_days: usize,
    /// The first day that a rebuild left for lack of time: one from there goes on.
    pub rebuild_next: Option<DateTime<Utc>>,
    /// Sums that differ between rollups and ledger, as found by this run.
    pub rollup_differences: usize,
    /// Sums of corrections of prices that differ from their entries, as found by this run.
    pub price_sum_differences: i64,
    /// Corrections of prices that were not complete, or may have missed calls in flight.
    pub open_price_revisions: usize,
    /// Month tables emptied, as they are older than the ledger is kept.
    pub emptied_partitions: Vec<String>,
    /// Windows of limits that were over for long.
    pub removed_windows: u64,
    pub removed_events: u64,
    /// Attempts to tell of events of limits: those that succeeded, those to be repeated, and those given up.
    pub delivered_events: usize,
    pub postponed_events: usize,
    pub failed_events: usize,
    /// The provider's own usage and costs.
    pub figures: Figures,
}

impl Report {
    /// Sums that are wrong, of whatever kind.
    pub fn differences(&self) -> usize {
        self.rollup_differences + usize::try_from(self.price_sum_differences).unwrap_or_default()
    }
}

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Webhook(#[from] WebhookError),
}

#[derive(Debug, thiserror::Error)]
pub enum MaintainError {
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Clone)]
pub struct Maintain {
    database: Database,
    retention_months: Option<u32>,
    delivery: Delivery,
    fetcher: Fetcher,
}

impl Maintain {
    pub fn new(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.aws);
        let delivery = Delivery::new(config.limit_events, &config.aws, secrets.clone())?;
        let fetcher = Fetcher::new(config.admin_upstream, secrets.clone());
        let database = Database::new(config.database, secrets)?;
        Ok(Self { database, retention_months: config.retention_months, delivery, fetcher })
    }

    pub async fn handle(&self, event: Event) -> Result<Report, MaintainError> {
        self.handle_within(event, None).await
    }

    /// With what is left of the host's time, if it ends.
    pub async fn handle_within(&self, event: Event, time: Option<Duration>) -> Result<Report, MaintainError> {
        let mut report = Report::default();
        match event {
            Event::All => {
                report.applied = self.migrate().await?;
                self.tick(&mut report).await?;
            }
            Event::Tick => {
                self.tick(&mut report).await?;
                self.fetch(&mut report, false).await;
            }
            Event::Rebuild { from, to } => {
                let time = time.map(|time| time.saturating_sub(TIME_OF_A_DAY));
                let rebuilt = rollups::rebuild(&self.database, from, to, time).await?;
                (report.rebuilt_days, report.rebuild_next) = (rebuilt.days, rebuilt.next);
                match rebuilt.next {
                    Some(next) => tracing::warn!(%next, "A rebuild ran out of time: one from there goes on."),
                    None => self.check_all(&mut report).await?,
                }
            }
            Event::Check => self.check_all(&mut report).await?,
            Event::Reconcile => self.fetch(&mut report, true).await,
        }
        // The field is what an alarm is made of.
        tracing::info!(rollup_differences = report.differences(), ?report, "Maintenance is done.");
        Ok(report)
    }

    async fn tick(&self, report: &mut Report) -> Result<(), DbError> {
        report.abandoned_calls = self.sweep().await?;
        report.released_calls = self.release().await?;
        // Another run may hold the rollups, or a lost connection its locks.
        let sealed = or_later(self.seal(report).await, "The rollups were left for the next minute.");
        let partitions = partitions::create_missing(&self.database).await;
        let partitioned = or_later(
            partitions.map(|count| report.partitions_created = count),
            "Partitions to come were left for the next minute: somebody reads the ledger for long.",
        );
        // Last, since receivers may take their time; and in any case, since rollups that fail keep nobody from being told.
        let repriced = prices::entries::continue_all(&self.database).await;
        let repriced = or_later(
            repriced.map(|count| report.open_price_revisions = count),
            "Corrections of prices were left for the next minute.",
        );
        or_later(self.tell(report).await, "Events of limits were left for the next minute.")?;
        repriced?;
        partitioned?;
        sealed
    }

    /// Behind everything else, and no failure of it: the provider's word on the past can wait.
    async fn fetch(&self, report: &mut Report, now: bool) {
        match self.fetcher.run(&self.database, now).await {
            Ok(figures) => report.figures = figures,
            Err(error) => {
                tracing::error!(%error, "The provider's figures could not be kept.");
                report.figures.status = "failed";
            }
        }
    }

    async fn tell(&self, report: &mut Report) -> Result<(), DbError> {
        (report.removed_windows, report.removed_events) = upkeep::remove_old(&self.database).await?;
        let Tally { delivered, postponed, failed } = self.delivery.run(&self.database).await?;
        (report.delivered_events, report.postponed_events, report.failed_events) =
            (delivered, postponed, failed);
        Ok(())
    }

    async fn seal(&self, report: &mut Report) -> Result<(), DbError> {
        let sealed = rollups::seal(&self.database, Pace::default()).await?;
        report.sealed_chunks = sealed.chunks;
        if !sealed.is_complete {
            tracing::warn!(chunks = sealed.chunks, "The rollups are behind; the next minute goes on.");
        }
        Self::report_differences(report, rollups::check_recent(&self.database).await?);
        if let Some(months) = self.retention_months {
            report.emptied_partitions = partitions::drop_older(&self.database, months).await?;
        }
        Ok(())
    }

    async fn check_all(&self, report: &mut Report) -> Result<(), DbError> {
        Self::report_differences(report, rollups::check_all(&self.database).await?);
        Ok(())
    }

    fn report_differences(report: &mut Report, checked: Checked) {
        report.rollup_differences = checked.differences;
        report.price_sum_differences = checked.price_sum_differences;
        if report.differences() > 0 {
            tracing::error!(
                rollup_differences = report.differences(),
                price_sum_differences = checked.price_sum_differences,
                "The sums differ from the ledger: see usage_rollup_differences, then rebuild those days."
            );
        }
    }

    async fn migrate(&self) -> Result<Vec<&'static str>, MigrateError> {
        match migrate::run(&self.database).await {
            // A rollback brings back older code; the schema stays, and older code works on it.
            Err(MigrateError::Unknown(name)) => {
                tracing::warn!(name, "The schema is newer than this release; nothing is migrated.");
                Ok(Vec::new())
            }
            result => result,
        }
    }

    async fn release(&self) -> Result<usize, DbError> {
        let mut released = 0;
        loop {
            match calls::release_settled(&self.database).await? {
                0 => return Ok(released),
                count => released += count,
            }
        }
    }

    async fn sweep(&self) -> Result<usize, DbError> {
        let mut swept = 0;
        loop {
            let ids = calls::sweep(&self.database).await?;
            if ids.is_empty() {
                return Ok(swept);
            }
            tracing::warn!(count = ids.len(), first = %ids[0], "Calls were abandoned.");
            swept += ids.len();
        }
    }
}

/// What may succeed later is for the next minute, which goes on from here.
fn or_later(result: Result<(), DbError>, what: &str) -> Result<(), DbError> {
    match result {
        Err(error) if error.is_transient() => {
            tracing::warn!(%error, "{what}");
            Ok(())
        }
        result => result,
    }
}
