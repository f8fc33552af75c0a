//! The configuration of `chat`.

use openai::UpstreamConfig;
use platform::environment::{ConfigError, Environment};
use web::AppConfig;

#[derive(Clone)]
pub struct Config {
    pub app: AppConfig,
    pub upstream: UpstreamConfig,
    pub accept_provider_keys: bool,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            app: AppConfig::from_env(environment)?,
            upstream: UpstreamConfig::from_env(environment)?,
            accept_provider_keys: accept_provider_keys_from_env(environment)?,
        })
    }
}

/// Whether callers may use their own provider keys (`ACCEPT_PROVIDER_KEYS`, default false).
fn accept_provider_keys_from_env(environment: &Environment) -> Result<bool, ConfigError> {
    environment.parse("ACCEPT_PROVIDER_KEYS", false, "`true` or `false`")
}
