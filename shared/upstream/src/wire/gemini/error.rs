//! Google's error object: of the provider, and for our own errors under its paths.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::field;
use crate::json::{as_text, read_array, read_object};
use crate::wire::upstream_error::{self, UpstreamError};

/// `{"error": {"code", "message", "status", "details"}}`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorBody {
    error: ErrorObject,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ErrorObject {
    code: u16,
    message: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Value>,
}

impl ErrorBody {
    pub fn new(code: u16, status: &'static str, message: impl Into<String>, details: Vec<Value>) -> Self {
        Self { error: ErrorObject { code, message: message.into(), status, details } }
    }
}

/// Reads an error object. Its code is its status by name, such as `RESOURCE_EXHAUSTED`; its kind is the reason that the
/// details name, such as `API_KEY_INVALID`.
pub(crate) fn parse_error(value: &str) -> Option<UpstreamError> {
    let Some(object) = read_object(value) else { return upstream_error::parse_error(value) };
    let text = |name| field(&object.members, name).and_then(as_text);
    let number = || field(&object.members, "code").map(str::to_owned);
    let mut error = UpstreamError {
        code: text("status").or_else(number),
        message: text("message"),
        ..UpstreamError::default()
    };
    for detail in field(&object.members, "details").map(read_array).unwrap_or_default() {
        read_detail(detail, &mut error);
    }
    Some(error)
}

/// The error of a body, which may be an array of one; `None` if it is none of Google's.
pub(crate) fn parse_error_body(body: &str) -> Option<UpstreamError> {
    let body = body.trim();
    let object = if body.starts_with('[') { *read_array(body).first()? } else { body };
    let error = field(&read_object(object)?.members, "error")?;
    // Others have the number of their HTTP status there.
    field(&read_object(error)?.members, "status").and_then(as_text)?;
    parse_error(error)
}

/// Details are known by their members: each type has its own.
fn read_detail(detail: &str, error: &mut UpstreamError) {
    let members = read_object(detail).map(|detail| detail.members).unwrap_or_default();
    if let Some(reason) = field(&members, "reason").and_then(as_text) {
        error.kind = Some(reason);
    }
    if let Some(delay) = field(&members, "retryDelay").and_then(as_text) {
        error.retry_after = duration(&delay);
    }
    // A quota of a day is not there again soon, whatever else the error says.
    let violations = field(&members, "violations").map(read_array).unwrap_or_default();
    let is_daily = |violation: &str| {
        let members = read_object(violation).map(|violation| violation.members).unwrap_or_default();
        field(&members, "quotaId").and_then(as_text).is_some_and(|id| id.contains("PerDay"))
    };
    if violations.into_iter().any(is_daily) {
        error.should_retry = Some(false);
    }
}

/// A duration in JSON, such as `3.5s`.
fn duration(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
