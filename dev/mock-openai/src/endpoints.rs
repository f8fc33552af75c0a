//! The endpoints that answer with usage, one file each, the catalogue of models, and the figures of an organization.

pub(crate) mod chat;
pub(crate) mod embeddings;
pub(crate) mod models;
pub(crate) mod organization;
pub(crate) mod responses;
mod responses_events;

use serde_json::{Value, json};

use crate::Usage;
use crate::errors::{self, Invalid};
use crate::exchange::Ask;
use crate::mock::Mock;
use crate::output::Shape;
use crate::wire::{Answer, Event};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat,
    Responses,
    Embeddings,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
        }
    }

    pub(crate) const fn streams(self) -> bool {
        !matches!(self, Self::Embeddings)
    }

    pub(crate) fn answer(self, mock: &Mock, ask: &Ask) -> Result<Answer, Invalid> {
        match self {
            Self::Chat => chat::answer(mock, ask),
            Self::Responses => responses::answer(mock, ask),
            Self::Embeddings => embeddings::answer(ask),
        }
    }

    /// Token counts in this endpoint's form.
    pub(crate) fn usage(self, usage: &Usage) -> Value {
        match self {
            Self::Chat => usage.chat(),
            Self::Responses => usage.responses(),
            Self::Embeddings => usage.embeddings(),
        }
    }

    /// A failure in the middle of a stream; Responses' is flat and numbered.
    pub(crate) fn error_event(self, sequence_number: usize) -> Event {
        let message = "The server had an error while processing your request. Sorry about that!";
        match self {
            Self::Responses => {
                let data = json!({
                    "type": "error", "code": "server_error", "message": message, "param": null,
                    "sequence_number": sequence_number,
                });
                Event::new(Some("error"), data.to_string())
            }
            _ => Event::new(None, errors::object(message, "server_error", None, None).to_string()),
        }
    }
}

/// An optional count of the request's body that must be at least `least`.
fn count(body: &Value, name: &str, least: u64, most: u64) -> Result<Option<u64>, Invalid> {
    let value = &body[name];
    if value.is_null() {
        return Ok(None);
    }
    match value.as_u64() {
        Some(count) if (least..=most).contains(&count) => Ok(Some(count)),
        Some(count) if count > most => Err(Invalid::param(
            format!("Invalid '{name}': integer above maximum value. Expected a value <= {most}."),
            name,
            "integer_above_max_value",
        )),
        Some(_) => Err(Invalid::param(
            format!("Invalid '{name}': integer below minimum value. Expected a value >= {least}."),
            name,
            "integer_below_min_value",
        )),
        None => Err(Invalid::param(
            format!("Invalid type for '{name}': expected an integer."),
            name,
            "invalid_type",
        )),
    }
}

/// A tool that `tool_choice` demands, else the format asked for. `function` finds a tool's definition in its
/// entry, which the two endpoints nest differently.
fn shape(body: &Value, format: &Value, schema: &Value, function: fn(&Value) -> &Value) -> Shape {
    let choice = &body["tool_choice"];
    let wanted = function(choice)["name"].as_str();
    if *choice == "required" || wanted.is_some() {
        let mut tools = body["tools"].as_array().into_iter().flatten().map(function);
        let tool = tools.find(|tool| wanted.is_none_or(|wanted| tool["name"] == wanted));
        if let Some(tool) = tool {
            let name = tool["name"].as_str().unwrap_or_default().to_owned();
            return Shape::Call { name, arguments: tool["parameters"].clone() };
        }
    }
    match format["type"].as_str() {
        Some("json_schema") => Shape::Json(schema.clone()),
        Some("json_object") => Shape::Json(json!({ "properties": { "answer": { "type": "string" } } })),
        _ => Shape::Text,
    }
}
