//! Work that belongs to no call: migrations on deploy; each minute the sweep and the coming partitions.

use serde::{Deserialize, Serialize};
use shared::config::{AwsConfig, ConfigError, DatabaseConfig, Environment};
use shared::db::migrate::MigrateError;
use shared::db::{Database, DbError, calls, migrate, partitions};
use shared::secrets::Secrets;

#[derive(Clone)]
pub struct Config {
    pub database: DatabaseConfig,
    pub aws: AwsConfig,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { database: DatabaseConfig::from_env(environment)?, aws: AwsConfig::from_env(environment) })
    }
}

/// What to do. An event of another shape or none at all, as a deployment sends, means everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Migrations, then the work of each minute.
    #[default]
    All,
    /// The work of each minute.
    Tick,
}

#[derive(Deserialize)]
struct RawEvent {
    action: Option<String>,
}

impl Event {
    /// Out of an invocation's payload, which may be empty or anything.
    pub fn parse(payload: &[u8]) -> Self {
        match serde_json::from_slice::<RawEvent>(payload).ok().and_then(|raw| raw.action).as_deref() {
            Some("tick") => Self::Tick,
            _ => Self::All,
        }
    }
}

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
}

impl Maintain {
    pub fn new(config: Config) -> Result<Self, DbError> {
        let secrets = Secrets::new(&config.aws);
        Ok(Self { database: Database::new(config.database, secrets)? })
    }

    pub async fn handle(&self, event: Event) -> Result<Report, MaintainError> {
        let mut report = Report::default();
        if event == Event::All {
            report.applied = self.migrate().await?;
        }
        report.partitions_created = partitions::create_missing(&self.database).await?;
        report.abandoned_calls = self.sweep().await?;
        report.released_calls = self.release().await?;
        tracing::info!(?report, "Maintenance is done.");
        Ok(report)
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
