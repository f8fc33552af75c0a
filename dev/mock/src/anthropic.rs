//! Anthropic's wire: messages, plain and as typed events, the free endpoints beside them, and their errors.

mod cache_split;
mod content;
mod errors;
mod events;
mod iterations;
mod message;
mod models;
mod organization;
mod prompt;
mod routes;
mod server_tools;
mod usage;

use serde_json::{Value, json};

use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};

use message::Message;

pub use cache_split::CacheSplit;
pub(crate) use errors::{error, error_body, error_event, refuse, with_headers};
pub use iterations::Iterations;
pub(crate) use models::list as list_models;
pub(crate) use models::served as served_model;
pub(crate) use prompt::count;
pub(crate) use routes::routes;
pub(crate) use server_tools::is_server_tool;

/// `POST /v1/messages`.
pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    check_messages(body)?;
    let Some(max_tokens) = body["max_tokens"].as_u64() else {
        return Err(InvalidRequest::new("max_tokens: Field required"));
    };
    if max_tokens == 0 {
        return Err(InvalidRequest::new("max_tokens: Input should be greater than or equal to 1"));
    }
    if body["thinking"]["budget_tokens"].as_u64().is_some_and(|budget| budget >= max_tokens) {
        return Err(InvalidRequest::new("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    let message = Message::new(request, max_tokens);
    let content = match request.fault() {
        _ if request.stream => ResponseBody::Events(events::of(&message)),
        _ => ResponseBody::Json(message.whole()),
    };
    let (usage, steps) = message.usage.billed(&request.served_model);
    let is_free = request.fault() == Some(Fault::Refusal);
    Ok(EndpointResponse { steps, is_free, ..EndpointResponse::new(Some(usage), content) })
}

/// `POST /v1/messages/count_tokens`.
fn count_tokens(body: &Value) -> Result<Value, InvalidRequest> {
    check_messages(body)?;
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err(InvalidRequest::new("model: Field required"));
    }
    Ok(json!({ "input_tokens": prompt::count(body) }))
}

fn check_messages(body: &Value) -> Result<(), InvalidRequest> {
    match body["messages"].as_array() {
        None => Err(InvalidRequest::new("messages: Field required")),
        Some(messages) if messages.is_empty() => {
            Err(InvalidRequest::new("messages: at least one message is required"))
        }
        Some(_) => Ok(()),
    }
}

/// A model of the catalogue.
pub(crate) fn find_model(id: &str) -> Result<Value, InvalidRequest> {
    models::find(id).ok_or_else(|| InvalidRequest::not_found(format!("model: {id}")))
}

/// The session in the user id that Claude Code sends: of a JSON string since 2.1.78, a suffix before.
pub(crate) fn session(body: &Value) -> Option<String> {
    let user_id = body["metadata"]["user_id"].as_str()?;
    let parsed = serde_json::from_str::<Value>(user_id).unwrap_or_default();
    let suffix = || Some(user_id.strip_prefix("user_")?.rsplit_once("_session_")?.1);
    parsed["session_id"].as_str().or_else(suffix).map(ToOwned::to_owned)
}
