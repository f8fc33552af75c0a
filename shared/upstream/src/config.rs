//! A provider's address and key, and how long to wait for it.

use std::time::Duration;

use domain::upstreams::AwsRegion;
use platform::environment::{ConfigError, Environment, SecretSource};
use platform::tls::Authorities;
use secrecy::ExposeSecret;

use crate::key::{Auth, ProviderKey};

/// How to reach a provider and how long to wait for it.
#[derive(Clone)]
pub struct UpstreamConfig {
    /// Without a trailing slash; paths such as `/chat/completions` are appended.
    pub base_url: String,
    pub auth: Auth,
    /// Of AWS, for requests that are signed.
    pub region: Option<String>,
    pub key: SecretSource,
    /// The variable that holds or names the key, for error messages.
    pub key_name: &'static str,
    pub max_retries: u32,
    pub timeout: Duration,
    /// Trusted besides the public ones.
    pub authorities: Option<Authorities>,
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

/// Without a key, requests are signed with the platform's credentials.
const BEDROCK: Variables = Variables {
    base: "BEDROCK_API_BASE",
    // Its host names the region.
    default_base: "https://bedrock-runtime.us-east-1.amazonaws.com",
    key: "BEDROCK_API_KEY",
    secret: "BEDROCK_SECRET_ARN",
    auth: Auth::Bearer,
    versions: &[],
};
const BEDROCK_REGION: &str = "BEDROCK_REGION";

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

    /// Amazon Bedrock in `BEDROCK_REGION`, with a key or with the platform's credentials; `None` without a region and a
    /// key.
    pub fn bedrock_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let region = environment.find(BEDROCK_REGION);
        if region.is_some_and(|region| AwsRegion::parse(region).is_none()) {
            let reason = "expected a region such as eu-central-1".to_owned();
            return Err(ConfigError::Malformed { name: BEDROCK_REGION, reason });
        }
        let with_key = Self::find(environment, &BEDROCK)?;
        let config = match (with_key, region) {
            (Some(config), _) => config,
            // Never sent.
            (None, Some(_)) => {
                Self::with_key(environment, &BEDROCK, Auth::SigV4, SecretSource::Value("none".into()))?
            }
            (None, None) => return Ok(None),
        };
        let has_base = environment.find(BEDROCK.base).is_some();
        let Some(region) = region else {
            return if has_base { Ok(Some(config)) } else { Err(ConfigError::Missing(BEDROCK_REGION)) };
        };
        let base_url = if has_base { config.base_url } else { bedrock_base(region) };
        Ok(Some(Self { base_url, region: Some(region.to_owned()), ..config }))
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
        Ok(Self { key_name, ..Self::with_key(environment, variables, variables.auth, key)? })
    }

    fn with_key(
        environment: &Environment,
        variables: &Variables,
        auth: Auth,
        key: SecretSource,
    ) -> Result<Self, ConfigError> {
        let seconds = environment.parse("UPSTREAM_TIMEOUT_SECONDS", 600u64, "a whole number of seconds")?;
        if !(1..=3600).contains(&seconds) {
            let reason = format!("expected 1 to 3600 seconds, got {seconds}");
            return Err(ConfigError::Malformed { name: "UPSTREAM_TIMEOUT_SECONDS", reason });
        }
        Ok(Self {
            base_url: base_url(environment, variables)?,
            auth,
            region: None,
            key,
            key_name: variables.key,
            max_retries: environment
                .parse("UPSTREAM_MAX_RETRIES", 2u32, "a whole number of retries")?
                .min(10),
            timeout: Duration::from_secs(seconds),
            authorities: environment.authorities("UPSTREAM_CA_FILE")?,
        })
    }
}

/// The host of Bedrock's runtime in a region.
fn bedrock_base(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://bedrock-runtime.{region}.{suffix}")
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
