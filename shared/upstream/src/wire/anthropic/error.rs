//! Anthropic's error object, for our own errors under its paths.

use serde::Serialize;

/// `{"type": "error", "error": {"type", "message", "code"}, "request_id"}`. Anthropic's own errors have no `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    #[serde(rename = "type")]
    kind: &'static str,
    error: ErrorObject,
    request_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
    code: String,
}

impl ErrorBody {
    pub fn new(kind: &'static str, code: &str, message: impl Into<String>, request_id: &str) -> Self {
        Self {
            kind: "error",
            error: ErrorObject { kind, message: message.into(), code: code.to_owned() },
            request_id: request_id.to_owned(),
        }
    }
}
