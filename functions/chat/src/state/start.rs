//! How a process gets its state: secrets, clients, the first connection to the database.

use std::sync::{Arc, RwLock};

use ledger::{Database, DbError, catalog};
use platform::secrets::Secrets;
use upstream::{Client, ClientError, UpstreamConfig};
use web::AppState;

use super::{ChatState, Shared};
use crate::Config;
use crate::call::PlainCallers;
use crate::fallback::Cooldowns;
use crate::upstreams::Clients;

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    App(#[from] web::StartError),
    #[error(transparent)]
    Upstream(#[from] ClientError),
}

impl ChatState {
    /// Reads the secrets and prepares the clients. The database need not be reachable yet.
    pub async fn new(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.app.aws);
        let database = database(&config, &secrets)?;
        Self::with_database(config, secrets, database).await
    }

    /// As [`ChatState::new`], and opens the first connection and loads the prices at the same time: that needs none of
    /// the secrets of calls. If it fails, the first call does it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.app.aws);
        let database = database(&config, &secrets)?;
        // The database comes first: what it does takes longest.
        let (loaded, state) = tokio::try_join!(
            async { Ok(catalog::load(&database).await) },
            Self::with_database(config, secrets, database.clone()),
        )?;
        match loaded {
            Ok(loaded) => state.keep(loaded),
            Err(error) => warn_unreachable(&error),
        }
        Ok(state)
    }

    async fn with_database(config: Config, secrets: Secrets, database: Database) -> Result<Self, StartError> {
        // Together: one after the other, two slow reads would take longer than Lambda waits for a start.
        let (app, upstream, anthropic, gemini, bedrock) = tokio::join!(
            AppState::with_database(database, &config.app.pepper, &secrets),
            Client::new(config.upstream, secrets.clone()),
            optional_client(config.anthropic, &secrets),
            optional_client(config.gemini, &secrets),
            optional_client(config.bedrock, &secrets),
        );
        let upstream = upstream?;
        Ok(Self(Arc::new(Shared {
            app: app?,
            clients: Clients::new(upstream.clone(), config.upstream_keys, secrets),
            registry: RwLock::default(),
            cooldowns: Cooldowns::default(),
            upstream,
            anthropic: anthropic?,
            gemini: gemini?,
            bedrock: bedrock?,
            accept_provider_keys: config.accept_provider_keys,
            background_deadline: config.background_deadline,
            log: config.call_log,
            plain_callers: PlainCallers::default(),
            // Version 0 is never current, so the first admission loads the prices at the latest.
            prices: RwLock::default(),
        })))
    }

    /// Opens the first connection and loads the prices. If this fails, the first call does it.
    pub async fn warm_up(&self) {
        if let Err(error) = self.reload_prices().await {
            warn_unreachable(&error);
        }
    }
}

fn warn_unreachable(error: &DbError) {
    tracing::warn!(%error, "The database is not reachable at start; the first call will connect.");
}

fn database(config: &Config, secrets: &Secrets) -> Result<Database, StartError> {
    let database = Database::new(config.app.database.clone(), secrets.clone());
    Ok(database.map_err(web::StartError::from)?)
}

/// The client of a provider that is configured.
async fn optional_client(
    config: Option<UpstreamConfig>,
    secrets: &Secrets,
) -> Result<Option<Client>, ClientError> {
    match config {
        Some(config) => Client::new(config, secrets.clone()).await.map(Some),
        None => Ok(None),
    }
}
