//! One invocation: what its event asks for, within the host's time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ledger::migrate::MigrateError;
use ledger::{Database, DbError, migrate, rollups};
use platform::progress::{Done, Progress};
use platform::secrets::Secrets;

use crate::admin_key::{self, AdminKeyConfig, AdminKeyError, When};
use crate::background::BackgroundCalls;
use crate::config::Config;
use crate::delivery::Delivery;
use crate::error::{MaintainError, StartError};
use crate::event::Event;
use crate::provider_usage::Fetcher;
use crate::report::Report;
use crate::tick::Tick;

/// A rebuild starts no further day with less time left than this: a million calls take about a minute.
const REBUILD_DAY_RESERVE: Duration = Duration::from_mins(3);

#[derive(Clone)]
pub struct Maintain {
    database: Database,
    secrets: Secrets,
    admin_key: Option<AdminKeyConfig>,
    retention_months: Option<u32>,
    delivery: Delivery,
    fetcher: Fetcher,
    background: BackgroundCalls,
}

impl Maintain {
    pub fn new(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.aws);
        let delivery = Delivery::new(config.limit_events, &config.aws, secrets.clone())?;
        let fetcher = Fetcher::new(config.organizations, secrets.clone());
        let background = BackgroundCalls::new(config.upstream, secrets.clone(), config.call_log);
        let database = Database::new(config.database, secrets.clone())?;
        let Config { admin_key, retention_months, .. } = config;
        Ok(Self { database, secrets, admin_key, retention_months, delivery, fetcher, background })
    }

    /// Handles an event without a time limit.
    pub async fn handle(&self, event: Event) -> Result<Report, MaintainError> {
        self.handle_within(event, None).await
    }

    /// Handles an event within `time_left`, if the host limits it.
    pub async fn handle_within(
        &self,
        event: Event,
        time_left: Option<Duration>,
    ) -> Result<Report, MaintainError> {
        let mut report = Report::default();
        let result = self.run(event, &mut report, time_left).await;
        // Alarms watch these fields, also of a run that failed after it had swept calls.
        let (abandoned_calls, rollup_differences) = (report.abandoned_calls, report.differences());
        match result {
            Ok(()) => {
                tracing::info!(abandoned_calls, rollup_differences, ?report, "Maintenance finished.");
                Ok(report)
            }
            Err(error) => {
                tracing::error!(abandoned_calls, rollup_differences, ?report, %error, "Maintenance failed.");
                Err(error)
            }
        }
    }

    async fn run(
        &self,
        event: Event,
        report: &mut Report,
        time_left: Option<Duration>,
    ) -> Result<(), MaintainError> {
        match event {
            Event::All => {
                self.migrate(report).await?;
                self.tick(report).await?;
                self.settle_background_calls(report).await;
            }
            Event::Migrate => self.migrate(report).await?,
            Event::Tick => {
                self.tick(report).await?;
                self.settle_background_calls(report).await;
                self.fetch_provider_usage(report, false).await;
            }
            Event::Rebuild { from, to } => self.rebuild(report, from, to, time_left).await?,
            Event::Check => self.check(report).await?,
            Event::CreateAdminKey => report.admin_key_created = self.create_admin_key(When::Now).await?,
            Event::Reconcile => self.fetch_provider_usage(report, true).await,
        }
        Ok(())
    }

    async fn tick(&self, report: &mut Report) -> Result<(), DbError> {
        let tick = Tick {
            database: &self.database,
            retention_months: self.retention_months,
            delivery: &self.delivery,
        };
        tick.run(report).await
    }

    async fn rebuild(
        &self,
        report: &mut Report,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
        time_left: Option<Duration>,
    ) -> Result<(), DbError> {
        let time = time_left.map(|time| time.saturating_sub(REBUILD_DAY_RESERVE));
        let mut progress = Progress::start("rebuild");
        let watch = &mut |done| progress.update(shown(done));
        let rebuilt = rollups::rebuild_watched(&self.database, from, to, time, watch).await?;
        drop(progress);
        (report.rebuilt_days, report.rebuild_next) = (rebuilt.days, rebuilt.next);
        match rebuilt.next {
            Some(next) => tracing::warn!(%next, "The rebuild ran out of time; rebuild again from there."),
            None => self.check(report).await?,
        }
        Ok(())
    }

    async fn check(&self, report: &mut Report) -> Result<(), DbError> {
        let mut progress = Progress::start("check");
        let watch = &mut |done| progress.update(shown(done));
        report.record_check(rollups::check_all_watched(&self.database, watch).await?);
        Ok(())
    }

    /// Best effort: it must not fail the tick, and the next minute continues.
    async fn settle_background_calls(&self, report: &mut Report) {
        match self.background.run(&self.database).await {
            Ok(settled) => report.settled_background_calls = settled,
            Err(error) => tracing::error!(%error, "Settling calls in the background failed."),
        }
    }

    /// Best effort: it must not fail the tick.
    async fn fetch_provider_usage(&self, report: &mut Report, now: bool) {
        report.provider_usage = self.fetcher.run(&self.database, now).await;
    }

    /// The first key belongs to the migrations: both must be there before anyone calls.
    async fn migrate(&self, report: &mut Report) -> Result<(), MaintainError> {
        report.applied = match migrate::run(&self.database).await {
            // A rollback deploys older code; the schema stays, and older code works with it.
            Err(MigrateError::Unknown(name)) => {
                tracing::warn!(name, "The schema is newer than this release; no migrations were applied.");
                Vec::new()
            }
            result => result?,
        };
        report.admin_key_created = self.create_admin_key(When::Missing).await?;
        Ok(())
    }

    async fn create_admin_key(&self, when: When) -> Result<bool, AdminKeyError> {
        admin_key::create(self.admin_key.as_ref(), &self.database, &self.secrets, when).await
    }
}

fn shown(done: rollups::Done) -> Done {
    Done { steps: done.days, total_steps: done.total_days, rows: done.calls }
}
