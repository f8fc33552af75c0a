//! Bedrock's errors: a message in the body, and the type in a header.

use http::HeaderMap;
use serde::Serialize;

use super::field;
use crate::json::{as_text, read_object};

/// `{"message"}`. AWS's own errors have no `code`; clients read the type in the header `x-amzn-errortype` first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    message: String,
    code: String,
}

impl ErrorBody {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code: code.to_owned() }
    }
}

/// The type of an error, which may be followed by where its definition is.
pub fn error_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("x-amzn-errortype")?.to_str().ok()?;
    let name = text.split(':').next().unwrap_or(text);
    Some(name.rsplit('#').next().unwrap_or(name)).filter(|name| !name.is_empty())
}

/// The message of a body that is an error. The gateway before Bedrock writes it with a capital.
pub(crate) fn message_of(body: &str) -> Option<String> {
    let members = read_object(body)?.members;
    let is_answer =
        ["output", "usage", "content", "choices"].iter().any(|name| field(&members, name).is_some());
    let message = || field(&members, "message").or_else(|| field(&members, "Message")).and_then(as_text);
    if is_answer { None } else { message() }
}

/// Whether AWS refused who signed the request, or the key that it carried.
pub(crate) fn is_of_credentials(error_type: Option<&str>, message: Option<&str>) -> bool {
    const TYPES: [&str; 6] = [
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "IncompleteSignatureException",
        "MissingAuthenticationTokenException",
        "InvalidClientTokenId",
    ];
    error_type.is_some_and(|name| TYPES.contains(&name))
        || message.is_some_and(|message| message.starts_with("Authentication failed"))
}
