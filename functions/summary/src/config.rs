//! The configuration of `summary`.

use platform::environment::{ConfigError, Environment, accepts_provider_keys};
use web::AppConfig;

#[derive(Clone)]
pub struct Config {
    pub app: AppConfig,
    /// Shown to callers; `chat` decides by the same setting.
    pub accepts_provider_keys: bool,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            app: AppConfig::from_env(environment)?,
            accepts_provider_keys: accepts_provider_keys(environment)?,
        })
    }
}
