//! The request of `POST /api/llm/chat`.

use http::HeaderMap;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny};
use upstream::ProviderKey;
use utoipa::ToSchema;
use web::values::{Label, ModelName, schemas};
use web::{ApiError, FieldError, Request, bearer, parse_body, parse_key};

use crate::credentials::Credentials;
use crate::state::ChatState;

const MAX_PROVIDER_KEY_BYTES: usize = 512;

/// A prompt for a model.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChatRequest {
    /// The user label that the call is counted under: 1 to 128 characters without control or invisible characters.
    /// Surrounding white space is removed, and the text is normalised to Unicode form NFC.
    #[schema(value_type = Label, required = true)]
    user_label: Label,
    #[schema(value_type = ModelName, required = true)]
    model: ModelName,
    #[schema(value_type = Prompt, required = true)]
    prompt: Prompt,
    /// The caller's own provider key. It is used for this call only and never stored.
    #[schema(value_type = Option<CallersProviderKey>, required = false)]
    api_key: Option<CallersProviderKey>,
}

impl Request for ChatRequest {
    // The first version of this endpoint ignored what it did not know, and clients of it still send such fields.
    const REJECTS_UNKNOWN: bool = false;
}

pub(crate) struct Prompt(String);

web::schema!(Prompt, schemas::pattern(r"\S").min_length(Some(1)).examples(["Say hello in French."]));

impl<'de> Deserialize<'de> for Prompt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() { Err(Error::custom("must not be empty")) } else { Ok(Self(text)) }
    }
}

pub(crate) struct CallersProviderKey(ProviderKey);

// The pattern spells out "does not begin with `tm_`": generators of requests do not understand a lookahead.
web::schema!(
    CallersProviderKey,
    schemas::pattern("^([!-su-~]|t[!-ln-~]|tm[!-^`-~])[!-~]*$|^tm?$")
        .min_length(Some(1))
        .max_length(Some(MAX_PROVIDER_KEY_BYTES))
);

impl<'de> Deserialize<'de> for CallersProviderKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let key = Some(text.as_str()).filter(|key| is_provider_key(key)).and_then(ProviderKey::parse);
        key.map(Self).ok_or_else(|| Error::custom("must be a provider key such as sk-…"))
    }
}

/// A valid header value, and not one of our own keys pasted into the wrong field, which would leak to the provider.
fn is_provider_key(text: &str) -> bool {
    (1..=MAX_PROVIDER_KEY_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.starts_with("tm_")
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
    let key = match bearer(headers)? {
        Some(token) => Some(state.hasher().hash(&parse_key(token)?)),
        None if state.accepts_provider_keys() && brings_provider_key(body)? => None,
        None => return Err(ApiError::KeyMissing),
    };
    // `parse_body` reads an empty body as an object without fields.
    if body.is_empty() {
        return Err(ApiError::NotJson("The body is empty. Send a JSON object.".to_owned()));
    }
    let request: ChatRequest = parse_body(body)?;
    if request.api_key.is_some() && !state.accepts_provider_keys() {
        let message = "provider keys are not accepted by this deployment";
        return Err(ApiError::Validation(vec![FieldError::new("api_key", message)]));
    }
    Ok(ParsedRequest {
        credentials: Credentials { key, provider_key: request.api_key.map(|key| key.0) },
        user_label: request.user_label.0,
        model: request.model.0,
        prompt: request.prompt.0,
    })
}

/// Whether the body has an `api_key`, valid or not.
fn brings_provider_key(body: &[u8]) -> Result<bool, ApiError> {
    #[derive(Deserialize)]
    struct Keys {
        api_key: Option<IgnoredAny>,
    }
    match serde_json::from_slice::<Keys>(body) {
        Ok(keys) => Ok(keys.api_key.is_some()),
        Err(error) if error.is_data() => Ok(false),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(ApiError::NotJson(format!("The body is not valid JSON (line {line}, column {column}).")))
        }
    }
}
