//! What a provider's answer, or the lack of one, means for the ledger and for the caller.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::calls::Status;
use domain::usage::Usage;
use http::{HeaderMap, HeaderName, StatusCode, header};
use openai::wire::{self, Kind};
use openai::{Answer, Client, Failure, FailureKind, ProviderKey, retry_after};
use web::ApiError;

use crate::call::{Call, Ending, upstream_request_id};

/// A plain answer, read to its end.
pub(crate) struct Read {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub parsed: Option<wire::Answer>,
    attempts: u32,
    retried: Usage,
    waited: Duration,
    first_byte: Duration,
}

/// Reads an answer whole. What breaks off midway is a failure like any other.
pub(crate) async fn read(call: &Call, answer: Answer, kind: Kind) -> Result<Read, Failure> {
    let (status, headers, attempts) = (answer.status, answer.headers.clone(), answer.attempts);
    let (retried, waited) = (answer.retried, answer.waited());
    let head_at = Instant::now();
    let first_byte = call.elapsed();
    let body = answer.read(call.deadline).await.map_err(|kind| Failure {
        kind,
        attempts,
        retried,
        waited: waited + head_at.elapsed(),
    })?;
    let parsed = wire::Answer::parse(kind, &body);
    Ok(Read {
        status,
        headers,
        body,
        parsed,
        attempts,
        retried,
        waited: waited + head_at.elapsed(),
        first_byte,
    })
}

impl Read {
    /// How the ledger records it; `is_usable` says whether the caller can do something with a success.
    pub(crate) fn ending(&self, call: &Call, is_usable: bool) -> Ending {
        let is_success = self.status.is_success();
        let parsed = self.parsed.as_ref();
        let usage = parsed.and_then(|answer| answer.usage.clone());
        let error = parsed.and_then(|answer| answer.error.as_ref());
        let error_code = error.and_then(|error| error.code.clone().or_else(|| error.kind.clone()));
        let status = if is_success && is_usable { Status::Settled } else { Status::Failed };
        Ending {
            status,
            estimate: (status == Status::Settled && usage.is_none()).then(|| {
                if parsed.is_some_and(is_unfinished) {
                    call.estimate_unfinished()
                } else {
                    call.estimate(self.body.len() as u64)
                }
            }),
            // An error answer has no tokens; a success that nobody can read may have cost anything.
            is_free: !is_success,
            http_status: Some(self.status.as_u16()),
            error_code: if is_success && !is_usable {
                Some("upstream_malformed".to_owned())
            } else {
                error_code
            },
            attempts: self.attempts,
            retried: self.retried,
            usage,
            served_model: parsed.and_then(|answer| answer.served_model.clone()),
            service_tier: parsed.and_then(|answer| answer.service_tier.clone()),
            first_byte: Some(self.first_byte),
            waited: self.waited,
            upstream_request_id: upstream_request_id(&self.headers),
        }
    }

    /// The provider's error as ours. Its message is kept unless it could show a key.
    pub(crate) fn error(&self, upstream: &Client, callers_key: Option<&ProviderKey>) -> ApiError {
        if !self.status.is_client_error() && !self.status.is_server_error() {
            return ApiError::UpstreamMalformed;
        }
        let message = self.parsed.as_ref().and_then(|answer| answer.error.as_ref()?.message.clone());
        let message = match message {
            _ if self.shows_key(upstream, callers_key) => "The provider refused its key.".to_owned(),
            Some(message) => message,
            None => format!("The provider answered with status {}.", self.status.as_u16()),
        };
        ApiError::Upstream { status: self.status, message, retry_after: retry_after(&self.headers) }
    }

    /// The provider quotes a refused key, masked: with a key of ours that is nothing to pass on.
    pub(crate) fn shows_key(&self, upstream: &Client, callers_key: Option<&ProviderKey>) -> bool {
        self.status == StatusCode::UNAUTHORIZED && callers_key.is_none()
            || upstream.shows_key(&self.body, callers_key)
    }
}

/// Told before the work is done (`background`): what it takes, no length of this body says.
fn is_unfinished(answer: &wire::Answer) -> bool {
    matches!(answer.status.as_deref(), Some("queued" | "in_progress"))
}

/// How the ledger records a call that got no answer.
pub(crate) fn failed(failure: &Failure) -> Ending {
    Ending {
        status: Status::Failed,
        estimate: None,
        is_free: matches!(failure.kind, FailureKind::Unreachable(_)),
        http_status: None,
        error_code: Some(
            match failure.kind {
                FailureKind::Unreachable(_) => "upstream_unreachable",
                FailureKind::Interrupted(_) => "upstream_interrupted",
                FailureKind::Timeout => "upstream_timeout",
                FailureKind::TooLarge => "upstream_malformed",
            }
            .to_owned(),
        ),
        attempts: failure.attempts,
        retried: failure.retried,
        usage: None,
        served_model: None,
        service_tier: None,
        first_byte: None,
        waited: failure.waited,
        upstream_request_id: None,
    }
}

/// What the caller is told of a call that got no answer.
pub(crate) fn failure_error(failure: Failure) -> ApiError {
    match failure.kind {
        FailureKind::Unreachable(cause) => ApiError::UpstreamUnreachable(cause.into()),
        FailureKind::Interrupted(cause) => ApiError::UpstreamInterrupted(cause.into()),
        FailureKind::Timeout => ApiError::UpstreamTimeout,
        FailureKind::TooLarge => ApiError::UpstreamMalformed,
    }
}

/// The provider's headers that reach the caller.
pub(crate) fn relayed_headers(from: &HeaderMap) -> HeaderMap {
    let relayed = |name: &HeaderName| {
        *name == header::CONTENT_TYPE
            || *name == header::RETRY_AFTER
            || matches!(name.as_str(), "retry-after-ms" | "x-should-retry")
            || name.as_str().starts_with("openai-")
    };
    from.iter().filter(|(name, _)| relayed(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
