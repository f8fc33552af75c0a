//! Calls the provider: one logical call is one or more attempts, bounded by the call's deadline.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use domain::usage::Usage;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use platform::environment::SecretSource;
use platform::secrets::{SecretError, Secrets};
use secrecy::ExposeSecret;
use tokio::time::timeout_at;

use super::UpstreamConfig;
use super::answer::{Answer, Body, Failure, FailureKind, failure, read_whole};
use super::key::ProviderKey;
use super::retry::{self, Decision, Outcome};
use super::wire::{self, Kind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A request to the provider.
pub struct Outgoing<'a> {
    pub method: Method,
    /// Below the base URL, with its slash: `/chat/completions`.
    pub path: &'a str,
    /// Already chosen; see [`forwarded_headers`].
    pub headers: HeaderMap,
    pub body: Bytes,
    /// A provider key of the caller's own, in place of ours.
    pub key: Option<&'a ProviderKey>,
    pub deadline: Instant,
    /// How to read token counts from failed attempts.
    pub kind: Option<Kind>,
}

/// The provider's client, shared by all calls of a process. Cloning shares connections and key.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    max_retries: u32,
    timeout: Duration,
    key: Arc<RwLock<ProviderKey>>,
    source: SecretSource,
    secrets: Secrets,
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the provider key could not be read")]
    Key(#[source] SecretError),
    #[error("{0} is malformed: expected a provider key, which a header can hold")]
    MalformedKey(&'static str),
    #[error("the HTTP client could not be made")]
    Http(#[source] reqwest::Error),
    #[error("the TLS provider has no protocol version")]
    Tls(#[source] rustls::Error),
}

impl Client {
    /// Reads the provider key and prepares connections; nothing is sent yet.
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
            source: config.key,
            secrets,
        })
    }

    /// The longest a call may take where its host sets no nearer deadline.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends the request, again where that may help, until an answer's head is there. Error answers are read whole;
    /// the body of a success is still on its way.
    pub async fn send(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Failure> {
        let began = Instant::now();
        let mut attempts = 0;
        let mut retried = Usage::default();
        let mut refreshed = outgoing.key.is_some();
        loop {
            attempts += 1;
            let key = outgoing.key.map_or_else(|| self.current_key(), Clone::clone);
            let outcome = self.attempt(outgoing, &key).await;
            if let Ok((StatusCode::UNAUTHORIZED, ..)) = &outcome
                && !std::mem::replace(&mut refreshed, true)
                && self.has_other_key(&key).await
            {
                continue;
            }
            let decision = self.decide(attempts, &outcome, outgoing.deadline);
            match (decision, outcome) {
                (Decision::RetryAfter(wait), outcome) => {
                    if let Ok((_, _, Body::Whole(body))) = &outcome {
                        retried = retried.plus(&reported_usage(outgoing.kind, body));
                    }
                    tracing::warn!(attempts, wait_s = wait.as_secs_f64(), "The provider is called again.");
                    tokio::time::sleep(wait).await;
                }
                (Decision::GiveUp, Ok((status, headers, body))) => {
                    return Ok(Answer { status, headers, attempts, retried, waited: began.elapsed(), body });
                }
                (Decision::GiveUp, Err(kind)) => {
                    return Err(Failure { kind, attempts, retried, waited: began.elapsed() });
                }
            }
        }
    }

    async fn attempt(
        &self,
        outgoing: &Outgoing<'_>,
        key: &ProviderKey,
    ) -> Result<(StatusCode, HeaderMap, Body), FailureKind> {
        let request = self
            .http
            .request(outgoing.method.clone(), format!("{}{}", self.base_url, outgoing.path))
            .headers(outgoing.headers.clone())
            .header(header::AUTHORIZATION, key.authorization())
            .body(outgoing.body.clone());
        let response = timeout_at(outgoing.deadline.into(), request.send())
            .await
            .map_err(|_| FailureKind::Timeout)?
            .map_err(|error| failure(error.without_url()))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = if status.is_success() {
            Body::Incoming(response)
        } else {
            // The status says what became of the request, whether or not the words to it arrive.
            Body::Whole(read_whole(response, outgoing.deadline).await.unwrap_or_default())
        };
        Ok((status, headers, body))
    }

    fn decide(
        &self,
        attempts: u32,
        outcome: &Result<(StatusCode, HeaderMap, Body), FailureKind>,
        deadline: Instant,
    ) -> Decision {
        let error;
        let outcome = match outcome {
            Ok((status, ..)) if status.is_success() => return Decision::GiveUp,
            Ok((status, headers, body)) => {
                error = body.whole().and_then(|body| wire::Answer::parse(Kind::ChatCompletions, body)?.error);
                Outcome::Answered(retry::Failure {
                    status: status.as_u16(),
                    error_type: error.as_ref().and_then(|error| error.kind.as_deref()),
                    error_code: error.as_ref().and_then(|error| error.code.as_deref()),
                    should_retry: text(headers, "x-should-retry").and_then(|text| text.parse().ok()),
                    retry_after: retry_after(headers),
                })
            }
            Err(FailureKind::Unreachable(_)) => Outcome::NotConnected,
            Err(_) => Outcome::NoAnswer,
        };
        let time_left = deadline.saturating_duration_since(Instant::now());
        retry::decide(attempts, self.max_retries, &outcome, time_left, fastrand::f64())
    }

    /// Whether a text shows the key that calls are made with.
    pub fn shows_key(&self, text: &[u8], callers_key: Option<&ProviderKey>) -> bool {
        let key = callers_key.map_or_else(|| self.current_key(), Clone::clone);
        let key = key.expose_secret().as_bytes();
        text.windows(key.len()).any(|window| window == key)
    }

    fn current_key(&self) -> ProviderKey {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is another key than the one that the provider refused. Of several calls that were refused together
    /// one reads it again, and the others find it there.
    async fn has_other_key(&self, refused: &ProviderKey) -> bool {
        let SecretSource::Arn(_) = &self.source else { return false };
        if !self.current_key().is_same(refused) {
            return true;
        }
        let fresh = match self.secrets.resolve(&self.source).await {
            Ok(fresh) => fresh,
            Err(error) => {
                tracing::error!(%error, "The provider refused its key, and reading it again failed.");
                return false;
            }
        };
        let Some(fresh) = ProviderKey::parse(fresh.expose_secret()) else {
            tracing::error!("The provider refused its key, and the one read again fits no header.");
            return false;
        };
        let is_other = !fresh.is_same(refused);
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        is_other
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry::parse_retry_after(
        text(headers, "retry-after-ms"),
        text(headers, "retry-after"),
        SystemTime::now().into(),
    )
}

fn reported_usage(kind: Option<Kind>, body: &[u8]) -> Usage {
    kind.and_then(|kind| wire::Answer::parse(kind, body)?.usage)
        .map(|parsed| parsed.usage)
        .unwrap_or_default()
}

/// The caller's headers that go on to the provider. With our key, organization and project stay ours.
pub fn forwarded_headers(from: &HeaderMap, with_callers_key: bool) -> HeaderMap {
    let forwarded = |name: &HeaderName| {
        let name = name.as_str();
        name.starts_with("x-stainless-")
            || matches!(
                name,
                "accept"
                    | "content-type"
                    | "idempotency-key"
                    | "openai-beta"
                    | "user-agent"
                    | "x-client-request-id"
            )
            || with_callers_key && matches!(name, "openai-organization" | "openai-project")
    };
    from.iter()
        .filter(|(name, _)| forwarded(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::environment::AwsConfig;

    /// A client whose key is `current`, and whose secret cannot be read.
    async fn client(current: &str) -> Client {
        let nowhere = "http://127.0.0.1:1".to_owned();
        let region = Some("us-east-1".to_owned());
        let aws = AwsConfig { region, endpoint_url: Some(nowhere.clone()), use_dual_stack: false };
        let config = UpstreamConfig {
            base_url: nowhere,
            key: SecretSource::Value(current.into()),
            key_name: "OPENAI_API_KEY",
            max_retries: 0,
            timeout: Duration::from_secs(1),
        };
        let client = Client::new(config, Secrets::new(&aws)).await.unwrap();
        Client { source: SecretSource::Arn("arn:of-the-key".to_owned()), ..client }
    }

    #[tokio::test]
    async fn call_refused_with_the_key_before_takes_the_one_that_another_call_has_read() {
        let client = client("sk-fresh").await;
        let (before, fresh) =
            (ProviderKey::parse("sk-before").unwrap(), ProviderKey::parse("sk-fresh").unwrap());
        assert!(client.has_other_key(&before).await, "without reading the secret, which fails");
        assert!(!client.has_other_key(&fresh).await);
    }

    #[tokio::test]
    async fn secret_that_fits_no_header_stops_the_start_with_its_variable() {
        let fresh = client("sk-fresh").await;
        let config = UpstreamConfig {
            base_url: fresh.base_url.clone(),
            key: SecretSource::Value("sk-one\nsk-two".into()),
            key_name: "OPENAI_SECRET_ARN",
            max_retries: 0,
            timeout: Duration::from_secs(1),
        };
        let error = Client::new(config, fresh.secrets.clone()).await.err().unwrap().to_string();
        assert_eq!(error, "OPENAI_SECRET_ARN is malformed: expected a provider key, which a header can hold");
    }
}
