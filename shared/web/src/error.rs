//! The one place where our errors meet status codes: a public message, and a private cause for the log.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::response::{IntoResponse, Response};
use domain::keys::Scope;
use domain::limits::{Outlook, Refusal};
use domain::words::Word;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ledger::DbError;
use openai::wire::ErrorBody;
use serde::Serialize;
use utoipa::ToSchema;

use super::limits::limit_headers;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("You didn't provide an API key. Send it as `Authorization: Bearer tm_…`.")]
    KeyMissing,
    #[error("Incorrect API key provided.")]
    KeyInvalid,
    #[error("This key lacks the scope `{}`.", .0.as_str())]
    ScopeMissing(Scope),
    #[error("This key is bound to another user label.")]
    LabelNotAllowed,
    #[error("This key may not use the model `{0}`.")]
    ModelNotAllowed(String),
    /// A hard limit on money fails closed: calls without a price cannot be kept within it.
    #[error("The model `{0}` has no price, and a hard limit on money applies to this call.")]
    ModelNotPriced(String),
    #[error(
        "A hard limit applies to this call, and it or the unknown model leaves these fields without a bound: {}. Leave \
        them out, or set the limit's `unbounded` to `reserve` or `estimate`.",
        .0.join(", ")
    )]
    UnboundedRequest(Vec<String>),
    #[error("{refusal}{}", .outlook.advice())]
    Limited { refusal: Box<Refusal>, outlook: Outlook },
    #[error("A request with this Idempotency-Key is still in progress.")]
    IdempotencyInProgress,
    /// `If-Match` names another version than the current one.
    #[error("Modified since you read it. Fetch the latest version and try again.")]
    PreconditionFailed,
    /// The request conflicts with the current state; `code` says why.
    #[error("{message}")]
    Conflict { code: &'static str, message: &'static str },
    /// The key lacks a right; `code` says which.
    #[error("{message}")]
    Denied { code: &'static str, message: &'static str },
    #[error("{0}")]
    NotJson(String),
    #[error("{message}")]
    InvalidRequest { message: String, param: Option<String> },
    #[error("The request has invalid fields.")]
    Validation(Vec<FieldError>),
    #[error("The request body is larger than {} bytes.", super::MAX_BODY_BYTES)]
    BodyTooLarge,
    #[error("The request body is incomplete.")]
    BodyIncomplete,
    #[error("Not found.")]
    NotFound,
    #[error("Method not allowed.")]
    MethodNotAllowed,
    /// The provider's own error answer: its status, and its message where it had one.
    #[error("{message}")]
    Upstream { status: StatusCode, message: String, retry_after: Option<Duration> },
    #[error("The provider could not be reached.")]
    UpstreamUnreachable(#[source] BoxError),
    #[error("The provider closed the connection before it responded.")]
    UpstreamInterrupted(#[source] BoxError),
    #[error("The provider did not respond in time.")]
    UpstreamTimeout,
    #[error("The provider's response could not be read.")]
    UpstreamMalformed,
    #[error("The service's database is not available. Try again shortly.")]
    Database(#[from] DbError),
    #[error("Something went wrong on our side.")]
    Internal(#[source] BoxError),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One field of a request and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name as in the request.
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// An error under `/api`: RFC 9457, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Identifies the kind of error; the same for every occurrence.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub request_id: String,
    /// Each invalid field, for validation errors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
}

impl ApiError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::KeyMissing | Self::KeyInvalid => StatusCode::UNAUTHORIZED,
            Self::ScopeMissing(_)
            | Self::LabelNotAllowed
            | Self::ModelNotAllowed(_)
            | Self::Denied { .. } => StatusCode::FORBIDDEN,
            // Many clients retry a 429 whatever the response says, and this call would be refused again.
            Self::Limited { outlook, .. } if *outlook != Outlook::TooLarge => StatusCode::TOO_MANY_REQUESTS,
            Self::IdempotencyInProgress | Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::Limited { .. }
            | Self::ModelNotPriced(_)
            | Self::UnboundedRequest(_)
            | Self::NotJson(_)
            | Self::InvalidRequest { .. }
            | Self::BodyIncomplete => StatusCode::BAD_REQUEST,
            Self::Validation(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Upstream { status, .. } => *status,
            Self::UpstreamUnreachable(_) | Self::UpstreamInterrupted(_) | Self::UpstreamMalformed => {
                StatusCode::BAD_GATEWAY
            }
            Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Database(error) if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable name of the error: `code` under `/v1`, the end of `type` under `/api`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyMissing | Self::KeyInvalid => "invalid_api_key",
            Self::ScopeMissing(_) => "scope_missing",
            Self::LabelNotAllowed => "label_not_allowed",
            Self::ModelNotAllowed(_) => "model_not_allowed",
            Self::ModelNotPriced(_) => "model_not_priced",
            Self::UnboundedRequest(_) => "unbounded_request",
            Self::Limited { outlook, .. } => match outlook {
                Outlook::RateLimited(_) => "rate_limit_exceeded",
                Outlook::Reserved(_) => "budget_reserved",
                Outlook::TooLarge => "request_exceeds_limit",
                Outlook::BudgetUsedUp => "budget_exceeded",
                Outlook::QuotaUsedUp => "quota_exceeded",
            },
            Self::IdempotencyInProgress => "idempotency_in_progress",
            Self::PreconditionFailed => "precondition_failed",
            Self::Conflict { code, .. } | Self::Denied { code, .. } => code,
            Self::NotJson(_) => "invalid_json",
            Self::InvalidRequest { .. } | Self::Validation(_) => "invalid_request",
            Self::BodyTooLarge => "request_too_large",
            Self::BodyIncomplete => "request_incomplete",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Upstream { .. } => "upstream_error",
            Self::UpstreamUnreachable(_) => "upstream_unreachable",
            Self::UpstreamInterrupted(_) => "upstream_interrupted",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::UpstreamMalformed => "upstream_malformed",
            Self::Database(_) => "database_unavailable",
            Self::Internal(_) => "internal_error",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Upstream { retry_after, .. } => *retry_after,
            Self::Limited { outlook: Outlook::RateLimited(wait) | Outlook::Reserved(wait), .. } => {
                Some(*wait)
            }
            Self::IdempotencyInProgress => Some(Duration::from_secs(1)),
            Self::Database(error) if error.is_transient() => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(wait) = self.retry_after() {
            let millis = u64::try_from(wait.min(Duration::from_mins(1)).as_millis()).unwrap_or(60_000);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(millis.div_ceil(1000)));
            headers.insert(HeaderName::from_static("retry-after-ms"), HeaderValue::from(millis));
        }
        if let Self::Limited { refusal, outlook } = self {
            headers.extend(limit_headers(std::slice::from_ref(&refusal.limit), SystemTime::now().into()));
            if outlook.is_used_up() || *outlook == Outlook::TooLarge {
                headers.insert(HeaderName::from_static("x-should-retry"), HeaderValue::from_static("false"));
            }
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers
    }

    pub(super) fn to_problem(&self, request_id: &str) -> Problem {
        let status = self.status();
        Problem {
            kind: format!("urn:tokenmeter:error:{}", self.code()),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            request_id: request_id.to_owned(),
            errors: match self {
                Self::Validation(errors) => errors.clone(),
                _ => Vec::new(),
            },
        }
    }

    pub(super) fn to_openai(&self) -> ErrorBody {
        let is_used_up = matches!(self, Self::Limited { outlook, .. } if outlook.is_used_up());
        let kind = match self.status() {
            _ if is_used_up => "insufficient_quota",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        let param = match self {
            Self::InvalidRequest { param, .. } => param.as_deref(),
            Self::ModelNotAllowed(_) | Self::ModelNotPriced(_) => Some("model"),
            Self::UnboundedRequest(fields) => fields.first().map(String::as_str),
            _ => None,
        };
        ErrorBody::new(kind, Some(self.code()), param, self.to_string())
    }
}

/// The body is written by [`super::finish`], which knows the path's error shape and the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.headers()).into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
