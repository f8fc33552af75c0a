//! What all requests of a process share: the database, and the pepper that keys are hashed with.

use std::sync::Arc;

use domain::keys::KeyHasher;
use ledger::{Database, DatabaseConfig, DbError};
use platform::environment::{AwsConfig, ConfigError, Environment, SecretSource, pepper_from_env};
use platform::secrets::{SecretError, Secrets};

/// What a function reads from its environment.
#[derive(Clone)]
pub struct AppConfig {
    pub database: DatabaseConfig,
    pub pepper: SecretSource,
    pub aws: AwsConfig,
}

impl AppConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            database: DatabaseConfig::from_env(environment)?,
            pepper: pepper_from_env(environment)?,
            aws: AwsConfig::from_env(environment)?,
        })
    }
}

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("reading the key pepper failed")]
    Pepper(#[source] SecretError),
}

#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    database: Database,
    hasher: KeyHasher,
}

impl AppState {
    /// Reads the pepper; the database need not be available yet.
    pub async fn new(config: AppConfig) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.aws);
        Self::with_secrets(config, secrets).await
    }

    /// As [`AppState::new`], for a function that reads more secrets.
    pub async fn with_secrets(config: AppConfig, secrets: Secrets) -> Result<Self, StartError> {
        let database = Database::new(config.database, secrets.clone())?;
        Self::with_database(database, &config.pepper, &secrets).await
    }

    /// As [`AppState::with_secrets`], for a function that connects while secrets are read.
    pub async fn with_database(
        database: Database,
        pepper: &SecretSource,
        secrets: &Secrets,
    ) -> Result<Self, StartError> {
        let pepper = secrets.resolve(pepper).await.map_err(StartError::Pepper)?;
        Ok(Self(Arc::new(Shared { database, hasher: KeyHasher::new(&pepper) })))
    }

    /// Opens the first connection. On failure, the first request opens it instead.
    pub async fn warm_up(&self) {
        if let Err(error) = self.0.database.check().await {
            tracing::warn!(%error, "The database is not available at start.");
        }
    }

    pub fn database(&self) -> &Database {
        &self.0.database
    }

    pub fn hasher(&self) -> &KeyHasher {
        &self.0.hasher
    }
}
