//! Gemini's wire: generated content, plain, as server-sent events or as one JSON array, and embeddings.

mod chunks;
mod content;
mod embeddings;
mod errors;
mod models;
mod prompt;
mod routes;
mod tools;
mod usage;

use serde_json::{Value, json};

use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};

use content::Content;

pub(crate) use chunks::error_event;
pub(crate) use embeddings::answer as embed;
pub(crate) use errors::{error, error_body, invalid_key, refuse, with_headers};
pub(crate) use models::{find as find_model, list as list_models};
pub(crate) use routes::{call_model, routes};

/// `:generateContent` and `:streamGenerateContent`.
pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    if member(&request.body, "contents", "contents").as_array().is_none_or(Vec::is_empty) {
        return Err(InvalidRequest::new("* GenerateContentRequest.contents: contents is not specified\n"));
    }
    let content = Content::new(request);
    let body = match request.stream {
        true if request.is_sse => ResponseBody::Events(chunks::events(&content)),
        true => ResponseBody::Pieces(chunks::array(&content)),
        false => ResponseBody::Json(content.whole()),
    };
    // A blocked prompt has no output, and whether it is billed is not documented.
    Ok(EndpointResponse::new(Some(content.usage.counted()), body))
}

/// `:countTokens` of contents, or of a whole request.
fn count_tokens(body: &Value) -> Value {
    let whole = member(body, "generateContentRequest", "generate_content_request");
    let counted = prompt::count(if whole.is_object() { whole } else { body });
    json!({
        "totalTokens": counted.total,
        "promptTokensDetails": usage::details(&[("TEXT", counted.total - counted.audio), ("AUDIO", counted.audio)]),
    })
}

/// A member of a message in JSON, which may be spelled in both ways.
fn member<'a>(object: &'a Value, camel: &str, snake: &str) -> &'a Value {
    let value = &object[camel];
    if value.is_null() { &object[snake] } else { value }
}

fn config(body: &Value) -> &Value {
    member(body, "generationConfig", "generation_config")
}

/// The reason for which the prompt is refused.
fn block_reason(request: &ModelRequest) -> Option<&str> {
    (request.fault() == Some(Fault::Blocked)).then_some("SAFETY")
}

/// The tier that serves the request.
pub(crate) fn service_tier(body: &Value) -> &str {
    member(body, "serviceTier", "service_tier").as_str().unwrap_or("standard")
}
