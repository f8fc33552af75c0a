//! Error responses in the provider's format, `{"error": {message, type, param, code}}`.

use axum::response::Response;
use serde_json::{Value, json};

use crate::endpoint::Wire;
use crate::{anthropic, bedrock, gemini, reply};

pub(crate) const INVALID: &str = "invalid_request_error";

pub(crate) fn object(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}

/// An invalid request.
#[derive(Debug)]
pub(crate) struct InvalidRequest {
    status: u16,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

impl InvalidRequest {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into(), param: None, code: None }
    }

    pub(crate) fn param(message: impl Into<String>, param: &str, code: &'static str) -> Self {
        Self { status: 400, message: message.into(), param: Some(param.to_owned()), code: Some(code) }
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::param(format!("Missing required parameter: '{param}'."), param, "missing_required_parameter")
    }

    pub(crate) fn model_not_found(model: &str) -> Self {
        Self {
            status: 404,
            message: format!("The model `{model}` does not exist or you do not have access to it."),
            param: None,
            code: Some("model_not_found"),
        }
    }

    pub(crate) fn not_found(message: String) -> Self {
        Self { status: 404, message, param: None, code: None }
    }

    pub(crate) fn response(&self, wire: Wire) -> Response {
        match wire {
            Wire::OpenAi => {
                let body = object(&self.message, INVALID, self.param.as_deref(), self.code);
                reply::json(self.status, &body)
            }
            Wire::Anthropic => anthropic::error(self.status, &self.message),
            Wire::Gemini => gemini::error(self.status, &self.message),
            Wire::Bedrock => bedrock::error(self.status, &self.message),
        }
    }
}

/// The refused key; `None` if there was none.
pub(crate) struct InvalidKey(pub(crate) Option<String>);

impl InvalidKey {
    pub(crate) fn response(&self, wire: Wire) -> Response {
        match wire {
            Wire::OpenAi => self.0.as_deref().map_or_else(missing_key, wrong_key),
            Wire::Anthropic => anthropic::error(401, "invalid x-api-key"),
            Wire::Gemini => gemini::invalid_key(self),
            Wire::Bedrock => bedrock::invalid_key(),
        }
    }
}

fn missing_key() -> Response {
    let message = "You didn't provide an API key. You need to provide your API key in an Authorization \
                   header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
    reply::json(401, &object(message, INVALID, None, Some("invalid_api_key")))
}

/// Echoes part of the key, as the provider does, so that tests notice a gateway that relays this message.
pub(crate) fn wrong_key(key: &str) -> Response {
    let message = format!(
        "Incorrect API key provided: {}. You can find your API key at \
         https://platform.openai.com/account/api-keys.",
        masked(key)
    );
    reply::json(401, &object(&message, INVALID, None, Some("invalid_api_key")))
}

/// A valid key without the admin scope.
pub(crate) fn missing_scope() -> Response {
    let message = "You have insufficient permissions for this operation. Missing scopes: api.usage.read.";
    reply::json(403, &object(message, INVALID, None, None))
}

fn masked(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    if chars.len() < 10 {
        return "*".repeat(chars.len());
    }
    let head: String = chars[..6].iter().collect();
    let tail: String = chars[chars.len() - 3..].iter().collect();
    format!("{head}***{tail}")
}
