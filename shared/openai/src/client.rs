//! Calls the provider: one logical call is one or more attempts, bounded by the call's deadline.

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use domain::calls::Endpoint;
use domain::usage::Usage;
use http::{HeaderMap, StatusCode, header};
use platform::environment::SecretSource;
use platform::secrets::{SecretError, Secrets};
use secrecy::ExposeSecret;
use tokio::time::timeout_at;

use crate::config::UpstreamConfig;
use crate::key::ProviderKey;
use crate::request::UpstreamRequest;
use crate::response::{
    Body, UpstreamFailure, UpstreamFailureKind, UpstreamResponse, header_text, read_whole, retry_after,
};
use crate::retry::{self, AttemptOutcome, Decision, ErrorResponse};
use crate::wire::ResponseFields;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The provider's client, shared by all calls of a process. Cloning shares connections and key.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    max_retries: u32,
    timeout: Duration,
    key: Arc<RwLock<ProviderKey>>,
    key_source: SecretSource,
    secrets: Secrets,
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
    Tls(#[source] rustls::Error),
}

/// The response of one attempt.
type Attempt = (StatusCode, HeaderMap, Body);

impl Client {
    /// Reads the provider key and prepares connections. Sends nothing.
    pub async fn new(config: UpstreamConfig, secrets: Secrets) -> Result<Self, ClientError> {
        let tls = platform::tls::client_config(false).map_err(ClientError::Tls)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(ClientError::Http)?;
        let key = secrets.resolve(&config.key).await.map_err(ClientError::Key)?;
        let key =
            ProviderKey::parse(key.expose_secret()).ok_or(ClientError::MalformedKey(config.key_name))?;
        Ok(Self {
            http,
            base_url: config.base_url,
            max_retries: config.max_retries,
            timeout: config.timeout,
            key: Arc::new(RwLock::new(key)),
            key_source: config.key,
            secrets,
        })
    }

    /// The longest a call may take if its host sets no earlier deadline.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends with retries; returns once the response headers arrive. Error responses are buffered, the body of a success
    /// is still incoming.
    pub async fn send(&self, request: &UpstreamRequest<'_>) -> Result<UpstreamResponse, UpstreamFailure> {
        let began = Instant::now();
        let mut attempts = 0;
        let mut retried = Usage::default();
        // The caller's own key cannot be reread; ours is reread at most once a call.
        let mut was_reread = request.key.is_some();
        loop {
            attempts += 1;
            let key = request.key.map_or_else(|| self.current_key(), Clone::clone);
            let outcome = self.attempt(request, &key).await;
            if let Ok((StatusCode::UNAUTHORIZED, ..)) = &outcome
                && !std::mem::replace(&mut was_reread, true)
                && self.has_other_key(&key).await
            {
                continue;
            }
            let decision = self.decide(attempts, &outcome, request.deadline);
            match (decision, outcome) {
                (Decision::RetryAfter(wait), outcome) => {
                    if let Ok((_, _, Body::Buffered(body))) = &outcome {
                        retried = retried.plus(&reported_usage(request.endpoint, body));
                    }
                    tracing::warn!(attempts, wait_s = wait.as_secs_f64(), "Retrying the provider.");
                    tokio::time::sleep(wait).await;
                }
                (Decision::GiveUp, Ok((status, headers, body))) => {
                    let waited = began.elapsed();
                    return Ok(UpstreamResponse { status, headers, attempts, retried, waited, body });
                }
                (Decision::GiveUp, Err(kind)) => {
                    return Err(UpstreamFailure { kind, attempts, retried, waited: began.elapsed() });
                }
            }
        }
    }

    async fn attempt(
        &self,
        request: &UpstreamRequest<'_>,
        key: &ProviderKey,
    ) -> Result<Attempt, UpstreamFailureKind> {
        let sent = self
            .http
            .request(request.method.clone(), format!("{}{}", self.base_url, request.path))
            .headers(request.headers.clone())
            .header(header::AUTHORIZATION, key.authorization())
            .body(request.body.clone());
        let response = timeout_at(request.deadline.into(), sent.send())
            .await
            .map_err(|_| UpstreamFailureKind::Timeout)?
            .map_err(UpstreamFailureKind::of_send)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = if status.is_success() {
            Body::Incoming(response)
        } else {
            // The status alone says what became of the request, so an error body that breaks off is not a failure.
            Body::Buffered(read_whole(response, request.deadline).await.unwrap_or_default())
        };
        Ok((status, headers, body))
    }

    fn decide(
        &self,
        attempts: u32,
        outcome: &Result<Attempt, UpstreamFailureKind>,
        deadline: Instant,
    ) -> Decision {
        let error;
        let outcome = match outcome {
            Ok((status, ..)) if status.is_success() => return Decision::GiveUp,
            Ok((status, headers, body)) => {
                error = body.buffered().and_then(|body| {
                    // All endpoints share one error shape.
                    ResponseFields::parse(Endpoint::ChatCompletions, body)?.error
                });
                AttemptOutcome::Responded(ErrorResponse {
                    status: status.as_u16(),
                    error_type: error.as_ref().and_then(|error| error.kind.as_deref()),
                    error_code: error.as_ref().and_then(|error| error.code.as_deref()),
                    should_retry: header_text(headers, "x-should-retry").and_then(|text| text.parse().ok()),
                    retry_after: retry_after(headers),
                })
            }
            Err(UpstreamFailureKind::Unreachable(_)) => AttemptOutcome::NotConnected,
            Err(_) => AttemptOutcome::NoResponse,
        };
        let time_left = deadline.saturating_duration_since(Instant::now());
        retry::decide(attempts, self.max_retries, &outcome, time_left, fastrand::f64())
    }

    /// Whether a text contains the key that calls are made with.
    pub fn shows_key(&self, text: &[u8], callers_key: Option<&ProviderKey>) -> bool {
        let key = callers_key.map_or_else(|| self.current_key(), Clone::clone);
        let key = key.expose_secret().as_bytes();
        text.windows(key.len()).any(|window| window == key)
    }

    fn current_key(&self) -> ProviderKey {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is a key other than the one the provider refused. If several calls were refused together, one of
    /// them rereads the secret and the others find the new key in place.
    async fn has_other_key(&self, refused: &ProviderKey) -> bool {
        let SecretSource::Arn(_) = &self.key_source else { return false };
        if !self.current_key().is_same(refused) {
            return true;
        }
        let fresh = match self.secrets.resolve(&self.key_source).await {
            Ok(fresh) => fresh,
            Err(error) => {
                tracing::error!(%error, "The provider refused its key, and rereading the secret failed.");
                return false;
            }
        };
        let Some(fresh) = ProviderKey::parse(fresh.expose_secret()) else {
            tracing::error!(
                "The provider refused its key, and the reread secret is not a valid header value."
            );
            return false;
        };
        let is_other = !fresh.is_same(refused);
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        is_other
    }
}

fn reported_usage(endpoint: Option<Endpoint>, body: &[u8]) -> Usage {
    endpoint
        .and_then(|endpoint| ResponseFields::parse(endpoint, body)?.usage)
        .map(|parsed| parsed.report.reading().0)
        .unwrap_or_default()
}
