//! `/v1/responses/{id}`: retrieve, delete, cancel, list the input. Retrieving ends work in the background.

use axum::response::Response;
use http::request;
use serde_json::{Value, json};

use crate::endpoint::Wire;
use crate::errors::InvalidRequest;
use crate::mock::Mock;
use crate::reply;
use crate::response::SseEvent;

const PAGE: usize = 20;

#[derive(Clone, Copy)]
pub(crate) enum StoredAction {
    Retrieve,
    Delete,
    Cancel,
    ListInput,
}

impl StoredAction {
    /// The name by which scripts select it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Retrieve => "responses/retrieve",
            Self::Delete => "responses/delete",
            Self::Cancel => "responses/cancel",
            Self::ListInput => "responses/input_items",
        }
    }
}

pub(crate) fn serve(mock: &Mock, action: StoredAction, id: &str, parts: &request::Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let served = match action {
        StoredAction::Retrieve if parameter(query, "stream") == Some("true") => {
            return replay(mock, id, query);
        }
        StoredAction::Retrieve => retrieve(mock, id),
        StoredAction::Delete => {
            mock.responses().remove(id).then(|| json!({ "id": id, "object": "response", "deleted": true }))
        }
        StoredAction::Cancel => return cancel(mock, id),
        StoredAction::ListInput => mock.responses().get(id).map(|response| page(&response.input, query)),
    };
    served.map_or_else(|| not_found(id), |object| reply::json(200, &object))
}

fn not_found(id: &str) -> Response {
    InvalidRequest::not_found(format!("Response with id '{id}' not found.")).response(Wire::OpenAi)
}

fn retrieve(mock: &Mock, id: &str) -> Option<Value> {
    let (object, ended) = mock.responses().poll(id)?;
    if let Some(call) = ended {
        call.finish(mock);
    }
    Some(object)
}

fn cancel(mock: &Mock, id: &str) -> Response {
    let mut responses = mock.responses();
    match responses.cancel(id) {
        Some(object) => reply::json(200, &object),
        None if responses.get(id).is_none() => not_found(id),
        None => InvalidRequest::new("Cannot cancel a synchronous response.").response(Wire::OpenAi),
    }
}

/// The events of a background stream after a sequence number.
fn replay(mock: &Mock, id: &str, query: &str) -> Response {
    let responses = mock.responses();
    let Some(response) = responses.get(id) else { return not_found(id) };
    if response.events.is_empty() {
        let message =
            "This response cannot be streamed: it was not created with background=true and stream=true.";
        return InvalidRequest::param(message, "stream", "invalid_value").response(Wire::OpenAi);
    }
    let after = parameter(query, "starting_after").and_then(|number| number.parse::<usize>().ok());
    let mut text = String::new();
    // Events are numbered from zero.
    response
        .events
        .iter()
        .skip(after.map_or(0, |after| after + 1))
        .for_each(|event: &SseEvent| event.write(&mut text));
    reply::bytes(200, "text/event-stream; charset=utf-8", text)
}

/// Newest first, unless the caller asks for the opposite.
fn page(items: &[Value], query: &str) -> Value {
    let mut items: Vec<&Value> = items.iter().collect();
    if parameter(query, "order") != Some("asc") {
        items.reverse();
    }
    if let Some(after) = parameter(query, "after")
        && let Some(found) = items.iter().position(|item| item["id"] == after)
    {
        items.drain(..=found);
    }
    let limit = parameter(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE);
    let has_more = items.len() > limit;
    items.truncate(limit);
    json!({
        "object": "list",
        "data": items,
        "first_id": items.first().map(|item| &item["id"]),
        "last_id": items.last().map(|item| &item["id"]),
        "has_more": has_more,
    })
}

/// The parameters read here need no decoding.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}
