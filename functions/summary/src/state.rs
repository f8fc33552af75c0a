//! What all requests of a process share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::keys::{Caller, KeyHasher, Scope};
use http::HeaderMap;
use ledger::usage::is_time_zone;
use ledger::{Database, DbError};
use platform::secrets::{SecretError, Secrets};
use web::{ApiError, authenticate, identify};

use crate::Config;

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("the key pepper could not be read")]
    Pepper(#[source] SecretError),
}

#[derive(Clone)]
pub struct SummaryState(Arc<Shared>);

struct Shared {
    database: Database,
    hasher: KeyHasher,
    /// Names that the database has confirmed: it reads all its files of zones for that.
    time_zones: Mutex<HashSet<String>>,
}

impl SummaryState {
    pub async fn new(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.aws);
        let pepper = secrets.resolve(&config.pepper).await.map_err(StartError::Pepper)?;
        let database = Database::new(config.database, secrets)?;
        Ok(Self(Arc::new(Shared {
            database,
            hasher: KeyHasher::new(&pepper),
            time_zones: Mutex::new(HashSet::from(["UTC".to_owned()])),
        })))
    }

    /// Opens the first connection. A failure only costs the first request the time.
    pub async fn warm_up(&self) {
        if let Err(error) = self.0.database.check().await {
            tracing::warn!(%error, "The database was not there at start.");
        }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// The caller, whatever their key may do.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        identify(headers, &self.0.hasher, &self.0.database).await
    }

    /// The caller, if their key may read usage.
    pub(crate) async fn reader(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        authenticate(headers, Scope::UsageRead, &self.0.hasher, &self.0.database).await
    }

    pub(crate) async fn knows_time_zone(&self, name: &str) -> Result<bool, DbError> {
        let known = || self.0.time_zones.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(name) {
            return Ok(true);
        }
        let is_known = is_time_zone(&self.0.database, name).await?;
        if is_known {
            known().insert(name.to_owned());
        }
        Ok(is_known)
    }
}
