//! The request of `POST /api/llm/chat`.

use http::HeaderMap;
use openai::ProviderKey;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiError, FieldError, bearer, parse_key};

use crate::caller::{Credentials, MAX_LABEL_CHARS, is_label, is_model};
use crate::state::ChatState;

/// One user message for a model, counted under a label.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatRequest {
    /// Who the call is counted for: 1 to 128 letters, digits, spaces or characters of `._@:/+-`.
    #[schema(min_length = 1, max_length = 128, example = "search-team")]
    pub user_label: String,
    #[schema(min_length = 1, max_length = 256, example = "gpt-4o-mini")]
    pub model: String,
    #[schema(min_length = 1, example = "Say hello in French.")]
    pub prompt: String,
    /// A provider key of the caller's own, used for this one call and stored nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
}

/// The fields of a request, and who pays for it.
pub(super) struct ParsedRequest {
    pub credentials: Credentials,
    pub user_label: String,
    pub model: String,
    pub prompt: String,
}

/// Checks the caller before the fields, so that a request without a valid key learns nothing about its body.
pub(super) fn parse(state: &ChatState, headers: &HeaderMap, body: &[u8]) -> Result<ParsedRequest, ApiError> {
    let fields: Value = serde_json::from_slice(body).map_err(|error| {
        ApiError::NotJson(format!(
            "The body is not valid JSON (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })?;
    let api_key = fields.get("api_key").filter(|value| !value.is_null());
    let key = match bearer(headers) {
        Some(token) => Some(state.hasher().hash(&parse_key(token)?)),
        None if api_key.is_some() && state.accepts_provider_keys() => None,
        None => return Err(ApiError::KeyMissing),
    };
    if !fields.is_object() {
        return Err(ApiError::Validation(vec![FieldError::new("", "the body must be a JSON object")]));
    }
    let mut errors = Vec::new();
    let mut text = |field: &'static str| {
        match fields.get(field) {
            None | Some(Value::Null) => Err(FieldError::new(field, "is required")),
            Some(Value::String(text)) if text.trim().is_empty() => {
                Err(FieldError::new(field, "must not be empty"))
            }
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(FieldError::new(field, "must be a string")),
        }
        .unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        })
    };
    let (user_label, model, prompt) = (text("user_label"), text("model"), text("prompt"));
    if !user_label.is_empty() && !is_label(&user_label) {
        let rule =
            format!("must be at most {MAX_LABEL_CHARS} letters, digits, spaces or characters of ._@:/+-");
        errors.push(FieldError::new("user_label", rule));
    }
    if !model.is_empty() && !is_model(&model) {
        errors.push(FieldError::new("model", "must be at most 256 characters without control characters"));
    }
    let provider_key = match api_key {
        None => None,
        Some(_) if !state.accepts_provider_keys() => {
            errors.push(FieldError::new("api_key", "provider keys are not accepted by this deployment"));
            None
        }
        Some(value) => {
            let key = value.as_str().filter(|key| is_provider_key(key)).and_then(ProviderKey::parse);
            if key.is_none() {
                errors.push(FieldError::new("api_key", "must be a provider key such as sk-…"));
            }
            key
        }
    };
    if errors.is_empty() {
        Ok(ParsedRequest { credentials: Credentials { key, provider_key }, user_label, model, prompt })
    } else {
        Err(ApiError::Validation(errors))
    }
}

/// A valid header value, and not one of our own keys pasted into the wrong field, which would leak to the provider.
fn is_provider_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.starts_with("tm_")
}
