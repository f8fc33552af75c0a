//! The one place where our errors meet status codes: a public message, and a private cause for the log.

mod anthropic;
mod aws;
mod google;
mod objects;
mod response;

use std::time::Duration;

use domain::keys::Scope;
use domain::limits::{Outlook, Refusal};
use domain::words::Word;
use http::StatusCode;
use ledger::DbError;

pub use self::objects::ProviderObject;
pub use self::response::{FieldError, Problem};

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("You didn't provide an API key. Send it as `Authorization: Bearer tm_…`.")]
    KeyMissing,
    /// Only AWS can check the signature.
    #[error(
        "The request is signed with AWS credentials, which Tokenmeter cannot check. Set `AWS_BEARER_TOKEN_BEDROCK` to a \
        Tokenmeter key (`tm_…`)."
    )]
    SignedRequest,
    #[error("Incorrect API key provided.")]
    KeyInvalid,
    #[error("The request has two different API keys. Send one of them.")]
    SeveralKeys,
    #[error("This key lacks the scope `{}`. Send a key that has it.", .0.as_str())]
    ScopeMissing(Scope),
    #[error("This key is bound to another user label. Leave the label out, or send a key of that label.")]
    LabelNotAllowed,
    /// The request has no key, and a key or a limit claims its label.
    #[error(
        "The user label `{0}` is only available with a Tokenmeter key. Send the key as `Authorization: Bearer tm_…`, or use another label."
    )]
    LabelNeedsKey(String),
    #[error("This key may not use the model `{0}`.")]
    ModelNotAllowed(String),
    /// A hard limit on money fails closed: calls without a price cannot be kept within it.
    #[error(
        "The model `{0}` has no price, and a hard limit on money applies to this call. Use a model with a price, or add one \
        with `POST /api/prices`."
    )]
    ModelNotPriced(String),
    #[error(
        "A hard limit applies to this call, and these fields have no bound, because the limit's `unbounded` is `refuse` or \
        the model is unknown: {}. Leave them out, use a known model, or set `unbounded` to `reserve` or `estimate`.",
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
    /// An object at the provider that does not exist for this caller. The response is the provider's own for such an
    /// object, code and all.
    #[error("{message}")]
    ObjectNotFound {
        status: StatusCode,
        message: String,
        param: Option<&'static str>,
        code: Option<&'static str>,
    },
    #[error("The request has invalid fields.")]
    Validation(Vec<FieldError>),
    #[error("The request body is larger than {} bytes.", super::MAX_BODY_BYTES)]
    BodyTooLarge,
    #[error("The request body ended before its announced length. Send it again.")]
    BodyIncomplete,
    #[error(
        "This deployment does not accept the content encoding `{0}`. Send the body as it is, or compressed with gzip."
    )]
    UnsupportedEncoding(String),
    #[error("Not found.")]
    NotFound,
    #[error("Method not allowed.")]
    MethodNotAllowed,
    /// The provider has an endpoint there, or the caller may expect one; the message says what is served instead.
    #[error("{0}")]
    EndpointNotSupported(String),
    #[error("{0}")]
    MethodNotSupported(String),
    /// The provider's own error answer: its status, and its message where it had one.
    #[error("{message}")]
    Upstream { status: StatusCode, message: String, retry_after: Option<Duration> },
    #[error("This deployment has no provider key yet. Its operator has to set one.")]
    ProviderKeyMissing,
    #[error("This deployment does not serve {provider}. Its operator has to set `{variable}`.")]
    ProviderNotConfigured { provider: &'static str, variable: &'static str },
    /// All targets of a model route are gone.
    #[error(
        "None of the targets of `{0}` is configured any more. An administrator has to change the model route."
    )]
    NoTarget(String),
    /// The upstream of the request is no longer as it was when the request came.
    #[error("The upstream was changed while the request was on its way. Try again.")]
    UpstreamChanged,
    /// The provider refused our key, not one that the caller sent.
    #[error("The provider rejected the provider key of this deployment. Its operator has to replace it.")]
    ProviderKeyRejected,
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

impl ApiError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::KeyMissing
            | Self::SignedRequest
            | Self::KeyInvalid
            | Self::SeveralKeys
            | Self::LabelNeedsKey(_) => StatusCode::UNAUTHORIZED,
            Self::ScopeMissing(_)
            | Self::LabelNotAllowed
            | Self::ModelNotAllowed(_)
            | Self::Denied { .. } => StatusCode::FORBIDDEN,
            // Many clients retry a 429 whatever the response says, and this call would be refused again.
            Self::Limited { outlook, .. } if *outlook != Outlook::TooLarge => StatusCode::TOO_MANY_REQUESTS,
            Self::IdempotencyInProgress | Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::UpstreamChanged | Self::NoTarget(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Limited { .. }
            | Self::ModelNotPriced(_)
            | Self::UnboundedRequest(_)
            | Self::NotJson(_)
            | Self::InvalidRequest { .. }
            | Self::BodyIncomplete => StatusCode::BAD_REQUEST,
            Self::Validation(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotFound | Self::EndpointNotSupported(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed | Self::MethodNotSupported(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::ProviderKeyMissing | Self::ProviderNotConfigured { .. } | Self::ProviderKeyRejected => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Upstream { status, .. } | Self::ObjectNotFound { status, .. } => *status,
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
            Self::KeyMissing | Self::SignedRequest | Self::KeyInvalid | Self::SeveralKeys => {
                "invalid_api_key"
            }
            Self::ScopeMissing(_) => "scope_missing",
            Self::LabelNotAllowed => "label_not_allowed",
            Self::LabelNeedsKey(_) => "label_needs_key",
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
            Self::UpstreamChanged => "upstream_changed",
            Self::NoTarget(_) => "no_target",
            Self::Conflict { code, .. } | Self::Denied { code, .. } => code,
            Self::NotJson(_) => "invalid_json",
            Self::InvalidRequest { .. } | Self::Validation(_) => "invalid_request",
            Self::BodyTooLarge => "request_too_large",
            Self::BodyIncomplete => "request_incomplete",
            Self::UnsupportedEncoding(_) => "unsupported_encoding",
            Self::NotFound => "not_found",
            Self::ObjectNotFound { code, .. } => code.unwrap_or("object_not_found"),
            Self::MethodNotAllowed => "method_not_allowed",
            Self::EndpointNotSupported(_) | Self::MethodNotSupported(_) => "endpoint_not_supported",
            Self::ProviderKeyMissing | Self::ProviderNotConfigured { .. } => "provider_key_missing",
            Self::ProviderKeyRejected => "provider_key_rejected",
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
}
