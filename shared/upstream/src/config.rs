//! A provider's address and key, and how long to wait for it.

use std::time::Duration;

use platform::environment::{ConfigError, Environment, SecretSource};
use secrecy::ExposeSecret;

use crate::key::{Auth, ProviderKey};

/// How to reach a provider and how long to wait for it.
#[derive(Clone)]
pub struct UpstreamConfig {
    /// Without a trailing slash; paths such as `/chat/completions` are appended.
    pub base_url: String,
    pub auth: Auth,
    pub key: SecretSource,
    /// The variable that holds or names the key, for error messages.
    pub key_name: &'static str,
    pub max_retries: u32,
    pub timeout: Duration,
}

/// The variables of one provider.
struct Variables {
    base: &'static str,
    default_base: &'static str,
    /// The key: its value, or the ARN of its secret.
    key: &'static str,
    secret: &'static str,
    auth: Auth,
    /// Parts of the paths, which some programs expect in the base URL.
    versions: &'static [&'static str],
}

const OPENAI: Variables = Variables {
    base: "OPENAI_API_BASE",
    default_base: "https://api.openai.com/v1",
    key: "OPENAI_API_KEY",
    secret: "OPENAI_SECRET_ARN",
    auth: Auth::Bearer,
    versions: &[],
};

const OPENAI_ADMIN: Variables =
    Variables { key: "OPENAI_ADMIN_KEY", secret: "OPENAI_ADMIN_SECRET_ARN", ..OPENAI };

const ANTHROPIC: Variables = Variables {
    base: "ANTHROPIC_API_BASE",
    default_base: "https://api.anthropic.com",
    key: "ANTHROPIC_API_KEY",
    secret: "ANTHROPIC_SECRET_ARN",
    auth: Auth::Header("x-api-key"),
    versions: &["/v1"],
};

const GEMINI: Variables = Variables {
    base: "GEMINI_API_BASE",
    default_base: "https://generativelanguage.googleapis.com",
    key: "GEMINI_API_KEY",
    secret: "GEMINI_SECRET_ARN",
    auth: Auth::Header("x-goog-api-key"),
    versions: &["/v1beta", "/v1alpha", "/v1"],
};

const ANTHROPIC_ADMIN: Variables =
    Variables { key: "ANTHROPIC_ADMIN_KEY", secret: "ANTHROPIC_ADMIN_SECRET_ARN", ..ANTHROPIC };

impl UpstreamConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, &OPENAI)
    }

    /// As [`UpstreamConfig::from_env`]; `None` if no key is configured.
    pub fn find_in_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::find(environment, &OPENAI)
    }

    /// Access with an admin key, which may read the organization's usage and costs; `None` if no such key is
    /// configured.
    pub fn admin_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::find(environment, &OPENAI_ADMIN)
    }

    /// Anthropic; `None` if no key is configured.
    pub fn anthropic_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::find(environment, &ANTHROPIC)
    }

    /// The Gemini API; `None` if no key is configured.
    pub fn gemini_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::find(environment, &GEMINI)
    }

    /// As [`UpstreamConfig::admin_from_env`], for Anthropic.
    pub fn anthropic_admin_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::find(environment, &ANTHROPIC_ADMIN)
    }

    fn find(environment: &Environment, variables: &Variables) -> Result<Option<Self>, ConfigError> {
        match Self::read(environment, variables) {
            Ok(config) => Ok(Some(config)),
            Err(ConfigError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(environment: &Environment, variables: &Variables) -> Result<Self, ConfigError> {
        let key = SecretSource::from(environment, variables.key, variables.secret)?;
        let key_name = match &key {
            SecretSource::Value(value) if ProviderKey::parse(value.expose_secret()).is_none() => {
                let reason = "expected one provider key without line breaks or control characters".to_owned();
                return Err(ConfigError::Malformed { name: variables.key, reason });
            }
            SecretSource::Value(_) => variables.key,
            SecretSource::Arn(_) => variables.secret,
        };
        let seconds = environment.parse("UPSTREAM_TIMEOUT_SECONDS", 600u64, "a whole number of seconds")?;
        if !(1..=3600).contains(&seconds) {
            let reason = format!("expected 1 to 3600 seconds, got {seconds}");
            return Err(ConfigError::Malformed { name: "UPSTREAM_TIMEOUT_SECONDS", reason });
        }
        Ok(Self {
            base_url: base_url(environment, variables)?,
            auth: variables.auth,
            key,
            key_name,
            max_retries: environment
                .parse("UPSTREAM_MAX_RETRIES", 2u32, "a whole number of retries")?
                .min(10),
            timeout: Duration::from_secs(seconds),
        })
    }
}

fn base_url(environment: &Environment, variables: &Variables) -> Result<String, ConfigError> {
    let base = environment.find(variables.base).unwrap_or(variables.default_base);
    let malformed = |reason: String| ConfigError::Malformed { name: variables.base, reason };
    let url = reqwest::Url::parse(base)
        .map_err(|_| malformed(format!("expected a URL such as {}", variables.default_base)))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(malformed("expected an http or https URL".to_owned()));
    }
    let base = base.trim_end_matches('/');
    let without_version = variables.versions.iter().find_map(|version| base.strip_suffix(version));
    let base = without_version.unwrap_or(base);
    Ok(base.trim_end_matches('/').to_owned())
}
