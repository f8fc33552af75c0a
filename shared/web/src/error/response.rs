//! Errors as responses: headers, and the body in either of two shapes.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::response::{IntoResponse, Response};
use domain::limits::Outlook;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use upstream::wire::ErrorBody;
use utoipa::ToSchema;

use super::ApiError;
use crate::limits::limit_headers;

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
        if matches!(
            self,
            Self::ProviderKeyMissing | Self::ProviderNotConfigured { .. } | Self::ProviderKeyRejected
        ) {
            // Waiting does not help, and SDKs retry every 503 that does not say so.
            headers.insert(HeaderName::from_static("x-should-retry"), HeaderValue::from_static("false"));
        }
        if matches!(self, Self::UnsupportedEncoding(_)) {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers
    }

    pub(crate) fn to_problem(&self, request_id: &str) -> Problem {
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

    pub(crate) fn to_openai(&self) -> ErrorBody {
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
            Self::ObjectNotFound { param, .. } => *param,
            _ => None,
        };
        let code = match self {
            Self::ObjectNotFound { code, .. } => *code,
            _ => Some(self.code()),
        };
        ErrorBody::new(kind, code, param, self.to_string())
    }
}

/// The body is written by [`crate::finish`], which knows the path's error shape and the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.headers()).into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
