//! The provider's address and key, and how long to wait for it.

use std::time::Duration;

use platform::environment::{ConfigError, Environment, SecretSource};
use secrecy::ExposeSecret;

use crate::key::ProviderKey;

/// How to reach the provider and how long to wait for it.
#[derive(Clone)]
pub struct UpstreamConfig {
    /// Without a trailing slash; paths such as `/chat/completions` are appended.
    pub base_url: String,
    pub key: SecretSource,
    /// The variable that holds or names the key, for error messages.
    pub key_name: &'static str,
    pub max_retries: u32,
    pub timeout: Duration,
}

impl UpstreamConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        let names = ("OPENAI_API_KEY", "OPENAI_SECRET_ARN");
        let key = SecretSource::from(environment, names.0, names.1)?;
        Self::with_key(environment, key, names)
    }

    /// As [`UpstreamConfig::from_env`]; `None` if no key is configured.
    pub fn find_in_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        match Self::from_env(environment) {
            Ok(config) => Ok(Some(config)),
            Err(ConfigError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Access with an admin key, which may read the organization's usage and costs; `None` if no such key is
    /// configured.
    pub fn admin_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let names = ("OPENAI_ADMIN_KEY", "OPENAI_ADMIN_SECRET_ARN");
        match SecretSource::from(environment, names.0, names.1) {
            Ok(key) => Self::with_key(environment, key, names).map(Some),
            Err(ConfigError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `names` are the two variables that may provide the key: its value, or the ARN of its secret.
    fn with_key(
        environment: &Environment,
        key: SecretSource,
        names: (&'static str, &'static str),
    ) -> Result<Self, ConfigError> {
        let key_name = match &key {
            SecretSource::Value(value) if ProviderKey::parse(value.expose_secret()).is_none() => {
                let reason = "expected one provider key without line breaks or control characters".to_owned();
                return Err(ConfigError::Malformed { name: names.0, reason });
            }
            SecretSource::Value(_) => names.0,
            SecretSource::Arn(_) => names.1,
        };
        let base = environment.find("OPENAI_API_BASE").unwrap_or("https://api.openai.com/v1");
        let malformed =
            |reason: &str| ConfigError::Malformed { name: "OPENAI_API_BASE", reason: reason.to_owned() };
        let url = reqwest::Url::parse(base)
            .map_err(|_| malformed("expected a URL such as https://api.openai.com/v1"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(malformed("expected an http or https URL"));
        }
        let seconds = environment.parse("UPSTREAM_TIMEOUT_SECONDS", 600u64, "a whole number of seconds")?;
        if !(1..=3600).contains(&seconds) {
            let reason = format!("expected 1 to 3600 seconds, got {seconds}");
            return Err(ConfigError::Malformed { name: "UPSTREAM_TIMEOUT_SECONDS", reason });
        }
        Ok(Self {
            base_url: base.trim_end_matches('/').to_owned(),
            key,
            key_name,
            max_retries: environment
                .parse("UPSTREAM_MAX_RETRIES", 2u32, "a whole number of retries")?
                .min(10),
            timeout: Duration::from_secs(seconds),
        })
    }
}
