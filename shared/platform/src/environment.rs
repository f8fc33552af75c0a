//! Configuration from the environment, read once at start. Errors are one line that names the variable.

use std::collections::HashMap;

use secrecy::SecretString;

use crate::tls::Authorities;

/// A variable is missing or malformed. The message names it and never contains a secret's value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{name} is malformed: {reason}")]
    Malformed { name: &'static str, reason: String },
    #[error("{0} and {1} are both set: set only one of them")]
    Both(&'static str, &'static str),
}

/// The variables a function was started with.
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The variables of this process. Empty ones count as unset, because compose files and shells leave them behind.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    pub fn find(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn get(&self, name: &'static str) -> Result<&str, ConfigError> {
        self.find(name).ok_or(ConfigError::Missing(name))
    }

    pub fn parse<T>(&self, name: &'static str, default: T, expected: &str) -> Result<T, ConfigError>
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

    /// The authorities in the PEM file that a variable names.
    pub fn authorities(&self, name: &'static str) -> Result<Option<Authorities>, ConfigError> {
        let Some(path) = self.find(name) else { return Ok(None) };
        let malformed = |reason| ConfigError::Malformed { name, reason };
        let pem = std::fs::read(path).map_err(|error| malformed(format!("cannot read `{path}`: {error}")))?;
        let authorities = Authorities::parse(&pem);
        authorities.map(Some).ok_or_else(|| malformed(format!("`{path}` holds no certificate in PEM")))
    }

    /// The keys of upstreams, `UPSTREAM_<NAME>_KEY`, by the names of their variables.
    pub fn upstream_keys(&self) -> HashMap<String, SecretString> {
        let is_key = |name: &str| {
            name.strip_prefix("UPSTREAM").is_some_and(|rest| rest.starts_with('_') && rest.ends_with("_KEY"))
        };
        let keys = self.0.iter().filter(|(name, _)| is_key(name));
        keys.map(|(name, value)| (name.clone(), value.as_str().into())).collect()
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

/// A secret's value, or the ARN to read it from.
#[derive(Clone)]
pub enum SecretSource {
    Value(SecretString),
    Arn(String),
}

impl SecretSource {
    pub fn from(
        environment: &Environment,
        value: &'static str,
        arn: &'static str,
    ) -> Result<Self, ConfigError> {
        match (environment.find(value), environment.find(arn)) {
            (Some(_), Some(_)) => Err(ConfigError::Both(value, arn)),
            (Some(text), None) => Ok(Self::Value(text.into())),
            (None, Some(text)) => Ok(Self::Arn(text.to_owned())),
            (None, None) => Err(ConfigError::Missing(value)),
        }
    }
}

/// Whether callers may use their own provider keys (`ACCEPT_PROVIDER_KEYS`, default false).
pub fn accepts_provider_keys(environment: &Environment) -> Result<bool, ConfigError> {
    environment.parse("ACCEPT_PROVIDER_KEYS", false, "`true` or `false`")
}

/// The key pepper: at least 16 characters.
pub fn pepper_from_env(environment: &Environment) -> Result<SecretSource, ConfigError> {
    if let Some(short) = environment.find("KEY_PEPPER").filter(|text| text.len() < 16) {
        let reason = format!("expected at least 16 characters, got {}", short.len());
        return Err(ConfigError::Malformed { name: "KEY_PEPPER", reason });
    }
    SecretSource::from(environment, "KEY_PEPPER", "KEY_PEPPER_SECRET_ARN")
}

/// What AWS clients need, from the platform's own variables.
#[derive(Clone, Default)]
pub struct AwsConfig {
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub use_dual_stack: bool,
    /// Trusted besides the public ones.
    pub authorities: Option<Authorities>,
}

impl AwsConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            region: environment.find("AWS_REGION").map(str::to_owned),
            endpoint_url: environment.find("AWS_ENDPOINT_URL").map(str::to_owned),
            use_dual_stack: environment.find("AWS_USE_DUALSTACK_ENDPOINT") == Some("true"),
            authorities: environment.authorities("AWS_CA_BUNDLE")?,
        })
    }
}
