//! The configuration of `chat`.

use ledger::DatabaseConfig;
use openai::UpstreamConfig;
use platform::environment::{AwsConfig, ConfigError, Environment, SecretSource, pepper_from_env};

#[derive(Clone)]
pub struct Config {
    pub database: DatabaseConfig,
    pub upstream: UpstreamConfig,
    pub pepper: SecretSource,
    pub accept_provider_keys: bool,
    pub aws: AwsConfig,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            database: DatabaseConfig::from_env(environment)?,
            upstream: UpstreamConfig::from_env(environment)?,
            pepper: pepper_from_env(environment)?,
            accept_provider_keys: accept_provider_keys_from_env(environment)?,
            aws: AwsConfig::from_env(environment),
        })
    }
}

/// Whether callers may use their own provider keys (`ACCEPT_PROVIDER_KEYS`, default false).
fn accept_provider_keys_from_env(environment: &Environment) -> Result<bool, ConfigError> {
    environment.parse("ACCEPT_PROVIDER_KEYS", false, "`true` or `false`")
}
