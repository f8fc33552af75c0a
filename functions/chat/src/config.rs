//! The configuration of `chat`.

use openai::UpstreamConfig;
use platform::environment::{ConfigError, Environment, accepts_provider_keys};
use web::AppConfig;

#[derive(Clone)]
pub struct Config {
    pub app: AppConfig,
    pub upstream: UpstreamConfig,
    pub accept_provider_keys: bool,
    /// Namespace of the metrics of calls; without it, calls are not logged.
    pub metrics_namespace: Option<String>,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            app: AppConfig::from_env(environment)?,
            upstream: UpstreamConfig::from_env(environment)?,
            accept_provider_keys: accepts_provider_keys(environment)?,
            metrics_namespace: environment.find("METRICS_NAMESPACE").map(str::to_owned),
        })
    }
}
