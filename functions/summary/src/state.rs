//! What all requests of a process share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use ledger::usage::is_time_zone;
use ledger::{Database, DbError};
use web::{AppState, StartError};

use crate::config::Config;

#[derive(Clone)]
pub struct SummaryState {
    app: AppState,
    accepts_provider_keys: bool,
    /// Names that the database has confirmed. Asking it is slow: it reads the file of every time zone.
    time_zones: Arc<Mutex<HashSet<String>>>,
}

impl FromRef<SummaryState> for AppState {
    fn from_ref(state: &SummaryState) -> Self {
        state.app.clone()
    }
}

impl SummaryState {
    pub async fn new(config: Config) -> Result<Self, StartError> {
        let time_zones = HashSet::from(["UTC".to_owned()]);
        Ok(Self {
            app: AppState::new(config.app).await?,
            accepts_provider_keys: config.accepts_provider_keys,
            time_zones: Arc::new(Mutex::new(time_zones)),
        })
    }

    /// Opens the first connection. On failure, the first request opens it instead.
    pub async fn warm_up(&self) {
        self.app.warm_up().await;
    }

    pub(crate) fn database(&self) -> &Database {
        self.app.database()
    }

    pub(crate) fn accepts_provider_keys(&self) -> bool {
        self.accepts_provider_keys
    }

    pub(crate) async fn knows_time_zone(&self, name: &str) -> Result<bool, DbError> {
        let known = || self.time_zones.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(name) {
            return Ok(true);
        }
        let is_known = is_time_zone(self.database(), name).await?;
        if is_known {
            known().insert(name.to_owned());
        }
        Ok(is_known)
    }
}
