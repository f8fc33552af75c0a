//! The configuration of `maintain`.

use ledger::DatabaseConfig;
use platform::CallLog;
use platform::environment::{AwsConfig, ConfigError, Environment, SecretSource};
use upstream::UpstreamConfig;
use upstream::organization::Organization;

use crate::admin_key::AdminKeyConfig;
use crate::event::Event;

#[derive(Clone)]
pub struct Config {
    /// What an invocation without a payload does.
    pub default_event: Event,
    pub database: DatabaseConfig,
    pub aws: AwsConfig,
    /// Where the first admin key is written to; without it, none is created.
    pub admin_key: Option<AdminKeyConfig>,
    pub retention_months: Option<u32>,
    pub limit_events: LimitEventsConfig,
    /// Access to the provider, to settle calls in the background.
    pub upstream: Option<UpstreamConfig>,
    /// Access to the organization endpoints of the providers that an admin key is configured for.
    pub organizations: Vec<(Organization, UpstreamConfig)>,
    /// Where calls in the background are logged once they are settled.
    pub call_log: CallLog,
}

impl Config {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            default_event: default_event_from_env(environment)?,
            database: DatabaseConfig::from_env(environment)?,
            aws: AwsConfig::from_env(environment)?,
            admin_key: AdminKeyConfig::from_env(environment)?,
            retention_months: retention_months_from_env(environment)?,
            limit_events: LimitEventsConfig::from_env(environment)?,
            upstream: UpstreamConfig::find_in_env(environment)?,
            organizations: organizations_from_env(environment)?,
            call_log: CallLog::from_env(environment),
        })
    }
}

fn organizations_from_env(
    environment: &Environment,
) -> Result<Vec<(Organization, UpstreamConfig)>, ConfigError> {
    let openai = UpstreamConfig::admin_from_env(environment)?.map(|config| (Organization::OpenAi, config));
    let anthropic = UpstreamConfig::anthropic_admin_from_env(environment)?;
    let anthropic = anthropic.map(|config| (Organization::Anthropic, config));
    Ok(openai.into_iter().chain(anthropic).collect())
}

/// What an invocation without a payload does (`DEFAULT_ACTION`): a deployment cannot send one.
fn default_event_from_env(environment: &Environment) -> Result<Event, ConfigError> {
    const NAME: &str = "DEFAULT_ACTION";
    match environment.find(NAME) {
        None | Some("all") => Ok(Event::All),
        Some("migrate") => Ok(Event::Migrate),
        Some(other) => {
            let reason = format!("expected `all` or `migrate`, got `{other}`");
            Err(ConfigError::Malformed { name: NAME, reason })
        }
    }
}

/// How many whole months of ledger rows are kept besides the current one (`RETENTION_MONTHS`); forever by default.
fn retention_months_from_env(environment: &Environment) -> Result<Option<u32>, ConfigError> {
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

/// Where limit events are delivered; nowhere by default.
#[derive(Clone, Default)]
pub struct LimitEventsConfig {
    pub webhook: Option<WebhookConfig>,
    pub topic_arn: Option<String>,
}

#[derive(Clone)]
pub struct WebhookConfig {
    /// Its path may itself be a secret, so it is never logged.
    pub url: reqwest::Url,
    /// Signing secrets in the format of Standard Webhooks, separated by spaces while they are rotated.
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
                    reason: "expected an https URL; http is allowed for localhost only".to_owned(),
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

/// Events are sent encrypted, except to a receiver on the same machine.
fn webhook_url(text: &str) -> Option<reqwest::Url> {
    let url = reqwest::Url::parse(text).ok()?;
    let host = url.host_str()?;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    (url.scheme() == "https" || url.scheme() == "http" && is_local).then_some(url)
}
