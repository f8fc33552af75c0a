//! The configuration of `chat`.

use std::collections::HashMap;
use std::time::Duration;

use platform::CallLog;
use platform::environment::{ConfigError, Environment, accepts_provider_keys};
use secrecy::SecretString;
use upstream::UpstreamConfig;
use web::AppConfig;

#[derive(Clone)]
pub struct Config {
    pub app: AppConfig,
    pub upstream: UpstreamConfig,
    pub anthropic: Option<UpstreamConfig>,
    pub gemini: Option<UpstreamConfig>,
    pub bedrock: Option<UpstreamConfig>,
    /// Keys of registered upstreams by the names of their variables.
    pub upstream_keys: HashMap<String, SecretString>,
    pub accept_provider_keys: bool,
    /// How long a call in the background may stay open.
    pub background_deadline: Duration,
    pub call_log: CallLog,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            app: AppConfig::from_env(environment)?,
            upstream: UpstreamConfig::from_env(environment)?,
            anthropic: UpstreamConfig::anthropic_from_env(environment)?,
            gemini: UpstreamConfig::gemini_from_env(environment)?,
            bedrock: UpstreamConfig::bedrock_from_env(environment)?,
            upstream_keys: environment.upstream_keys(),
            accept_provider_keys: accepts_provider_keys(environment)?,
            background_deadline: background_deadline_from_env(environment)?,
            call_log: CallLog::from_env(environment),
        })
    }
}

/// How long a call in the background may stay open (`BACKGROUND_DEADLINE_HOURS`). The provider keeps a response for 30
/// days.
fn background_deadline_from_env(environment: &Environment) -> Result<Duration, ConfigError> {
    const NAME: &str = "BACKGROUND_DEADLINE_HOURS";
    match environment.parse(NAME, 24u64, "a whole number of hours")? {
        hours @ 1..=720 => Ok(Duration::from_hours(hours)),
        hours => Err(ConfigError::Malformed {
            name: NAME,
            reason: format!("expected 1 to 720 hours, got {hours}"),
        }),
    }
}
