//! What a request says about its caller: key, label, tags, SDK. Parsed once, on arrival.

use domain::keys::{KeyHash, KeyHasher};
use domain::names::{LABEL_RULE, derive_label, is_tag_name, is_tag_value, parse_label};
use http::HeaderMap;
use serde_json::Value;
use web::{ApiError, single_header};

use crate::credentials::Credentials;

pub(crate) const MAX_TAGS: usize = 8;
const MAX_SDK_CHARS: usize = 64;

/// The label that a request sets explicitly. An invalid one is refused.
pub(crate) fn named_label(headers: &HeaderMap, metadata: Option<&str>) -> Result<Option<String>, ApiError> {
    if let Some(value) = single_header(headers, "X-User-Label")? {
        // The bytes could be of any other encoding, and a wrong guess would bill a label that does not exist.
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| {
            let advice = "Encode the header as UTF-8, or send the label as 'metadata.user_label' in the body";
            invalid_param("X-User-Label", format!("is not valid UTF-8. {advice}"))
        })?;
        return explicit_label(text, "X-User-Label").map(Some);
    }
    metadata.map(|label| explicit_label(label, "metadata.user_label")).transpose()
}

fn explicit_label(text: &str, source: &str) -> Result<String, ApiError> {
    parse_label(text).ok_or_else(|| invalid_param(source, LABEL_RULE.to_owned()))
}

fn invalid_param(param: &str, reason: String) -> ApiError {
    ApiError::InvalidRequest { message: format!("'{param}' {reason}."), param: Some(param.to_owned()) }
}

/// A label from fields that are meant for the provider, which takes longer ones. Refusing them would break programs
/// that work without Tokenmeter, so they are shortened.
pub(crate) fn fallback_label(safety_identifier: Option<&str>, user: Option<&str>) -> Option<String> {
    [safety_identifier, user].into_iter().flatten().find_map(derive_label)
}

/// `X-Usage-Tags: team=search,env=prod`; several such headers are one list.
pub(crate) fn tags(headers: &HeaderMap) -> Result<Option<Value>, ApiError> {
    let invalid = |reason: &str| ApiError::InvalidRequest {
        message: format!("'X-Usage-Tags' {reason}. Example: team=search,env=prod"),
        param: Some("X-Usage-Tags".to_owned()),
    };
    let mut tags = serde_json::Map::new();
    for header in headers.get_all("x-usage-tags") {
        let text = header.to_str().map_err(|_| invalid("must be ASCII"))?;
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| invalid("has a tag without '='"))?;
            let (name, value) = (name.trim(), value.trim());
            if !is_tag_name(name) || !is_tag_value(value) {
                return Err(invalid(
                    "has an empty name, a name or value longer than 64 characters, or a control character",
                ));
            }
            if tags.insert(name.to_owned(), Value::from(value)).is_some() {
                return Err(invalid("has the same tag twice"));
            }
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(invalid("has more than 8 tags"));
    }
    Ok((!tags.is_empty()).then_some(Value::Object(tags)))
}

/// The official SDK that sent the request and its own retry count, as `python/2.1.0 retry=1`.
pub(crate) fn sdk(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut sdk = match text("x-stainless-lang") {
        Some(language) => {
            let version = text("x-stainless-package-version").map(|version| format!("/{version}"));
            language.to_owned() + &version.unwrap_or_default()
        }
        None => text("user-agent")?.split_whitespace().next()?.to_owned(),
    };
    if let Some(retries) = text("x-stainless-retry-count").filter(|count| *count != "0") {
        sdk = format!("{sdk} retry={retries}");
    }
    Some(sdk.chars().take(MAX_SDK_CHARS).collect())
}

/// Two requests are the same for `Idempotency-Key` if header, caller, provider key and body are.
pub(crate) fn idempotency(
    headers: &HeaderMap,
    credentials: &Credentials,
    body: &[u8],
    hasher: &KeyHasher,
) -> Result<Option<KeyHash>, ApiError> {
    let Some(key) = single_header(headers, "Idempotency-Key")?.filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    let caller = credentials.key.as_ref().map_or(&[][..], KeyHash::as_bytes);
    let payer = credentials.provider_key.as_ref().map(|key| hasher.digest(&[key.expose_secret().as_bytes()]));
    let payer = payer.as_ref().map_or(&[][..], KeyHash::as_bytes);
    Ok(Some(hasher.digest(&[caller, payer, key.as_bytes(), body])))
}
