//! What all requests of a process share.

use std::sync::Arc;

use domain::change::Actor;
use domain::ids::RequestId;
use domain::keys::{KeyHasher, Scope};
use http::HeaderMap;
use ledger::{Database, DbError};
use platform::secrets::{SecretError, Secrets};
use web::{ApiError, authenticate};

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
pub struct AdminState(Arc<Shared>);

struct Shared {
    database: Database,
    hasher: KeyHasher,
}

impl AdminState {
    pub async fn new(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.aws);
        let pepper = secrets.resolve(&config.pepper).await.map_err(StartError::Pepper)?;
        let database = Database::new(config.database, secrets)?;
        Ok(Self(Arc::new(Shared { database, hasher: KeyHasher::new(&pepper) })))
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

    pub(crate) fn hasher(&self) -> &KeyHasher {
        &self.0.hasher
    }

    /// The administrator who asks, if their key is one.
    pub(crate) async fn administrator(
        &self,
        headers: &HeaderMap,
        request_id: RequestId,
    ) -> Result<Actor, ApiError> {
        let caller = authenticate(headers, Scope::Admin, &self.0.hasher, &self.0.database).await?;
        Ok(Actor { key_id: caller.key_id, user_label: caller.user_label, request_id })
    }
}
