//! Configuration from the environment: read once at start, and one line that names what is wrong.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::openai::ProviderKey;

/// A variable is missing or malformed. The message names it and never holds a secret's value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{name} is malformed: {reason}")]
    Malformed { name: &'static str, reason: String },
    #[error("{0} and {1} are both set: set one of them")]
    Both(&'static str, &'static str),
}

/// The variables a function was started with.
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The process's own variables. Empty ones count as unset, as compose files and shells leave them behind.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    fn find(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn get(&self, name: &'static str) -> Result<&str, ConfigError> {
        self.find(name).ok_or(ConfigError::Missing(name))
    }

    fn parse<T>(&self, name: &'static str, default: T, expected: &str) -> Result<T, ConfigError>
    where
        T: std::str::FromStr,
    {
        match self.find(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::Malformed {
                name,
                reason: format!("expected {expected}, got `{text}`"),
            }),
        }
    }

    pub fn log_filter(&self) -> &str {
        self.find("RUST_LOG").unwrap_or("info")
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let mut variables: HashMap<String, String> = variables.into_iter().collect();
        variables.retain(|_, value| !value.is_empty());
        Self(variables)
    }
}

/// A secret given outright, or the ARN it is read from.
#[derive(Clone)]
pub enum SecretSource {
    Value(SecretString),
    Arn(String),
}

impl SecretSource {
    fn from(environment: &Environment, value: &'static str, arn: &'static str) -> Result<Self, ConfigError> {
        match (environment.find(value), environment.find(arn)) {
            (Some(_), Some(_)) => Err(ConfigError::Both(value, arn)),
            (Some(text), None) => Ok(Self::Value(text.into())),
            (None, Some(text)) => Ok(Self::Arn(text.to_owned())),
            (None, None) => Err(ConfigError::Missing(value)),
        }
    }
}

/// How to log in to the database.
#[derive(Clone)]
pub enum DatabaseAuth {
    /// Whatever `DATABASE_URL` holds.
    Url(SecretString),
    /// A token signed for the user, valid 15 minutes, made for each new connection.
    Iam { user: String },
    /// User name and password from a secret, read for each new connection since they rotate.
    Secret { arn: String },
}

#[derive(Clone)]
pub struct DatabaseConfig {
    pub auth: DatabaseAuth,
    /// Host, port and name; empty when a URL holds them.
    pub host: String,
    pub port: u16,
    pub name: String,
    pub pool_size: usize,
}

impl DatabaseConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        let pool_size = environment.parse("DATABASE_POOL_SIZE", 1usize, "a whole number of connections")?;
        if !(1..=1000).contains(&pool_size) {
            let reason = format!("expected 1 to 1000 connections, got {pool_size}");
            return Err(ConfigError::Malformed { name: "DATABASE_POOL_SIZE", reason });
        }
        if let Some(url) = environment.find("DATABASE_URL") {
            if environment.find("DATABASE_HOST").is_some() {
                return Err(ConfigError::Both("DATABASE_URL", "DATABASE_HOST"));
            }
            // The parser's own error may quote the URL, and with it the password.
            url.parse::<tokio_postgres::Config>().map_err(|_| ConfigError::Malformed {
                name: "DATABASE_URL",
                reason: "expected postgres://user:password@host:port/database".to_owned(),
            })?;
            let auth = DatabaseAuth::Url(url.into());
            return Ok(Self { auth, host: String::new(), port: 0, name: String::new(), pool_size });
        }
        let host = environment.find("DATABASE_HOST").ok_or(ConfigError::Missing("DATABASE_URL"))?.to_owned();
        let auth = match environment.get("DATABASE_AUTH")? {
            "iam" => DatabaseAuth::Iam { user: environment.get("DATABASE_USER")?.to_owned() },
            "secret" => DatabaseAuth::Secret { arn: environment.get("DATABASE_SECRET_ARN")?.to_owned() },
            other => {
                let reason = format!("expected `iam` or `secret`, got `{other}`");
                return Err(ConfigError::Malformed { name: "DATABASE_AUTH", reason });
            }
        };
        let port = environment.parse("DATABASE_PORT", 5432, "a port")?;
        Ok(Self { auth, host, port, name: environment.get("DATABASE_NAME")?.to_owned(), pool_size })
    }
}

/// The key pepper: at least 16 characters.
pub fn pepper_from_env(environment: &Environment) -> Result<SecretSource, ConfigError> {
    if let Some(short) = environment.find("KEY_PEPPER").filter(|text| text.len() < 16) {
        let reason = format!("expected at least 16 characters, got {}", short.len());
        return Err(ConfigError::Malformed { name: "KEY_PEPPER", reason });
    }
    SecretSource::from(environment, "KEY_PEPPER", "KEY_PEPPER_SECRET_ARN")
}

/// What AWS clients need; read by the platform's names.
#[derive(Clone, Default)]
pub struct AwsConfig {
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub use_dual_stack: bool,
}

impl AwsConfig {
    pub fn from_env(environment: &Environment) -> Self {
        Self {
            region: environment.find("AWS_REGION").map(str::to_owned),
            endpoint_url: environment.find("AWS_ENDPOINT_URL").map(str::to_owned),
            use_dual_stack: environment.find("AWS_USE_DUALSTACK_ENDPOINT") == Some("true"),
        }
    }
}

/// Where the provider is and how patient to be with it.
#[derive(Clone)]
pub struct UpstreamConfig {
    /// Without a slash at its end; paths such as `/chat/completions` follow it.
    pub base_url: String,
    pub key: SecretSource,
    /// The variable that names the key, for an error about it.
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

    /// As an administrator of the provider's organization, whose key sees usage and costs; `None` where there is none.
    pub fn admin_from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let names = ("OPENAI_ADMIN_KEY", "OPENAI_ADMIN_SECRET_ARN");
        match SecretSource::from(environment, names.0, names.1) {
            Ok(key) => Self::with_key(environment, key, names).map(Some),
            Err(ConfigError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `names` are the variables of a key given outright and of the secret that holds one.
    fn with_key(
        environment: &Environment,
        key: SecretSource,
        names: (&'static str, &'static str),
    ) -> Result<Self, ConfigError> {
        let key_name = match &key {
            SecretSource::Value(value) if ProviderKey::parse(value.expose_secret()).is_none() => {
                let reason = "expected a provider key, which a header can hold".to_owned();
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

/// Whether callers may bring a provider key of their own (`ACCEPT_PROVIDER_KEYS`, default false).
pub fn accept_provider_keys_from_env(environment: &Environment) -> Result<bool, ConfigError> {
    environment.parse("ACCEPT_PROVIDER_KEYS", false, "`true` or `false`")
}

/// For how many whole months the ledger's rows are kept beside the current one (`RETENTION_MONTHS`); `None` is for ever.
pub fn retention_months_from_env(environment: &Environment) -> Result<Option<u32>, ConfigError> {
    const NAME: &str = "RETENTION_MONTHS";
    let months = environment.parse(NAME, 0u32, "a whole number of months")?;
    match (environment.find(NAME), months) {
        (None, _) => Ok(None),
        (Some(_), 1..=1200) => Ok(Some(months)),
        (Some(_), _) => Err(ConfigError::Malformed {
            name: NAME,
            reason: format!("expected 1 to 1200 months, got {months}"),
        }),
    }
}

/// Who is told of events of limits; nobody where nothing is set.
#[derive(Clone, Default)]
pub struct LimitEventsConfig {
    pub webhook: Option<WebhookConfig>,
    pub topic_arn: Option<String>,
}

#[derive(Clone)]
pub struct WebhookConfig {
    /// Its path may be a secret by itself: it stands in no log.
    pub url: reqwest::Url,
    /// Signing secrets as Standard Webhooks writes them, several while they are rotated, with spaces between.
    pub secret: SecretSource,
}

impl LimitEventsConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        const URL: &str = "LIMIT_EVENTS_WEBHOOK_URL";
        const TOPIC: &str = "LIMIT_EVENTS_TOPIC_ARN";
        let webhook = environment.find(URL).map(|text| {
            let secret = "LIMIT_EVENTS_WEBHOOK_SECRET";
            Ok(WebhookConfig {
                url: webhook_url(text).ok_or(ConfigError::Malformed {
                    name: URL,
                    reason: "expected an https URL, or http on this machine alone".to_owned(),
                })?,
                secret: SecretSource::from(environment, secret, "LIMIT_EVENTS_WEBHOOK_SECRET_ARN")?,
            })
        });
        let topic_arn = environment.find(TOPIC).map(|arn| match arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "sns", region, _, name] if !region.is_empty() && !name.is_empty() => {
                Ok(arn.to_owned())
            }
            _ => Err(ConfigError::Malformed {
                name: TOPIC,
                reason: "expected arn:aws:sns:region:account:name".to_owned(),
            }),
        });
        Ok(Self { webhook: webhook.transpose()?, topic_arn: topic_arn.transpose()? })
    }
}

/// Events go out encrypted, but for a receiver on the same machine.
fn webhook_url(text: &str) -> Option<reqwest::Url> {
    let url = reqwest::Url::parse(text).ok()?;
    let host = url.host_str()?;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    (url.scheme() == "https" || url.scheme() == "http" && is_local).then_some(url)
}
