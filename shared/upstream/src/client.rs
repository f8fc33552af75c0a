//! Calls the provider: one logical call is one or more attempts, bounded by the call's deadline.

mod attempt;
mod last_url;
mod own_key;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use domain::calls::Endpoint;
use domain::usage::Usage;
use http::{HeaderMap, StatusCode};
use platform::environment::SecretSource;
use platform::secrets::{SecretError, Secrets};

use self::attempt::Repeats;
use self::last_url::LastUrl;
use self::own_key::OwnKey;
use crate::config::UpstreamConfig;
use crate::connection::Connections;
use crate::key::Auth;
use crate::request::UpstreamRequest;
use crate::response::{
    Body, UpstreamFailure, UpstreamFailureKind, UpstreamResponse, header_text, retry_after,
};
use crate::retry::{self, AttemptOutcome, Decision, ErrorResponse};
use crate::wire::{ResponseFields, UpstreamError};

/// The provider's client, shared by all calls of a process. Cloning shares connections and key.
#[derive(Clone)]
pub struct Client {
    connections: Connections,
    base_url: String,
    last_url: LastUrl,
    auth: Auth,
    region: Option<String>,
    max_retries: u32,
    timeout: Duration,
    own_key: OwnKey,
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("cannot read the provider key")]
    Key(#[source] SecretError),
    #[error("{0} is malformed: expected one provider key without line breaks or control characters")]
    MalformedKey(&'static str),
    #[error("cannot create the HTTP client")]
    Http(#[source] reqwest::Error),
    #[error("cannot configure TLS")]
    Tls(#[source] platform::tls::TlsError),
}

/// The response of one attempt.
type Attempt = (StatusCode, HeaderMap, Body);

impl Client {
    /// Reads the provider key and prepares connections. Sends nothing.
    pub async fn new(config: UpstreamConfig, secrets: Secrets) -> Result<Self, ClientError> {
        Ok(Self {
            connections: Connections::new(config.authorities)?,
            base_url: config.base_url,
            last_url: LastUrl::default(),
            auth: config.auth,
            region: config.region,
            max_retries: config.max_retries,
            timeout: config.timeout,
            own_key: OwnKey::read(config.key, config.key_name, secrets).await?,
        })
    }

    /// A client of another server, over the same connections and with the same waits. Its key is read when it is first
    /// needed, so that a secret that cannot be read stops only calls to this server.
    #[must_use]
    pub fn with_server(
        &self,
        base_url: &str,
        (auth, region): (Auth, Option<&str>),
        key: SecretSource,
        secrets: Secrets,
    ) -> Self {
        let key = match auth {
            // Never sent; what has no key is refused.
            Auth::None | Auth::SigV4 => SecretSource::Value("none".into()),
            _ => key,
        };
        Self {
            base_url: base_url.to_owned(),
            last_url: LastUrl::default(),
            auth,
            region: region.map(str::to_owned),
            own_key: OwnKey::unread(key, secrets),
            ..self.clone()
        }
    }

    /// The same client, which sends each request once.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        Self { max_retries: 0, ..self.clone() }
    }

    /// The longest a call may take if its host sets no earlier deadline.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends with retries; returns once the response headers arrive. Error responses are buffered, the body of a
    /// success is still incoming.
    pub async fn send(&self, request: &UpstreamRequest<'_>) -> Result<UpstreamResponse, UpstreamFailure> {
        let began = Instant::now();
        let mut attempts = 0;
        let mut retried = Usage::default();
        let mut may_be_billed = false;
        // The caller's own key cannot be reread.
        let mut repeats = Repeats { was_reread: request.key.is_some(), is_new_connection: false };
        loop {
            attempts += 1;
            let Some(outcome) = self.attempt_or_repeat(request, &mut repeats).await else { continue };
            let counted = attempts - u32::from(repeats.is_new_connection);
            let billed = match &outcome {
                Ok((_, _, Body::Buffered(body))) => reported_usage(request.endpoint, body),
                _ => Usage::default(),
            };
            let has_reported = billed != Usage::default();
            let (mut decision, has_lost_provider) = self.judge(counted, &outcome, request.deadline);
            if (has_reported || has_lost_provider) && !request.may_bill_retries {
                decision = Decision::GiveUp;
            }
            may_be_billed |= has_lost_provider && !has_reported;
            match (decision, outcome) {
                (Decision::RetryAfter(wait), _) => {
                    retried = retried.plus(&billed);
                    tracing::warn!(attempts, wait_s = wait.as_secs_f64(), "Retrying the provider.");
                    tokio::time::sleep(wait).await;
                }
                (Decision::GiveUp, Ok((status, headers, body))) => {
                    let waited = began.elapsed();
                    return Ok(UpstreamResponse {
                        status,
                        headers,
                        attempts,
                        retried,
                        may_be_billed,
                        waited,
                        body,
                    });
                }
                (Decision::GiveUp, Err(kind)) => {
                    let waited = began.elapsed();
                    return Err(UpstreamFailure { kind, attempts, retried, may_be_billed, waited });
                }
            }
        }
    }

    /// Whether to try again, and whether the provider may bill the attempt beside what that reported.
    fn judge(
        &self,
        attempts: u32,
        outcome: &Result<Attempt, UpstreamFailureKind>,
        deadline: Instant,
    ) -> (Decision, bool) {
        let error;
        let outcome = match outcome {
            Ok((status, ..)) if status.is_success() => return (Decision::GiveUp, false),
            Ok((status, headers, body)) => {
                error = body.buffered().and_then(|body| UpstreamError::of_body(body));
                AttemptOutcome::Responded(ErrorResponse {
                    status: status.as_u16(),
                    error_type: error.as_ref().and_then(|error| error.kind.as_deref()),
                    error_code: error.as_ref().and_then(|error| error.code.as_deref()),
                    should_retry: header_text(headers, "x-should-retry")
                        .and_then(|text| text.parse().ok())
                        .or_else(|| error.as_ref()?.should_retry),
                    retry_after: retry_after(headers).or_else(|| error.as_ref()?.retry_after),
                })
            }
            Err(UpstreamFailureKind::NoKey) => AttemptOutcome::NotSent,
            Err(UpstreamFailureKind::Unreachable(_)) => AttemptOutcome::NotConnected,
            Err(_) => AttemptOutcome::NoResponse,
        };
        let time_left = deadline.saturating_duration_since(Instant::now());
        let decision = retry::decide(attempts, self.max_retries, &outcome, time_left, fastrand::f64());
        (decision, outcome.may_be_billed())
    }
}

pub(crate) fn reported_usage(endpoint: Option<Endpoint>, body: &[u8]) -> Usage {
    endpoint
        .and_then(|endpoint| ResponseFields::parse(endpoint, body)?.usage)
        .map(|parsed| parsed.report.reading().0)
        .unwrap_or_default()
}
