//! What `summary` reads from its environment.

use ledger::DatabaseConfig;
use platform::environment::{AwsConfig, ConfigError, Environment, SecretSource, pepper_from_env};

#[derive(Clone)]
pub struct Config {
    pub database: DatabaseConfig,
    pub pepper: SecretSource,
    pub aws: AwsConfig,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            database: DatabaseConfig::from_env(environment)?,
            pepper: pepper_from_env(environment)?,
            aws: AwsConfig::from_env(environment),
        })
    }
}
