//! `POST /v1/responses`, and its siblings that count and compact.

mod compact;
mod events;
mod item;
mod object;
mod stored;

use serde_json::Value;

use super::parameters::{count, shape};
use crate::builtin;
use crate::errors::InvalidRequest;
use crate::output;
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody, SseEvent};
use crate::stored::{BackgroundWork, StoredResponse, input_items};
use crate::tools::{self, Turn};

pub(crate) use compact::{compact, count_input};
use events::EventSequence;
use object::Response;
pub(crate) use stored::{StoredAction, serve};

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    if body["input"].is_null() && body["prompt"].is_null() && body["previous_response_id"].is_null() {
        return Err(InvalidRequest::missing("input"));
    }
    let is_background = body["background"] == true;
    if is_background && body["store"] == false {
        return Err(InvalidRequest::param(
            "Background mode requires 'store' to be true.",
            "store",
            "invalid_value",
        ));
    }
    let cap = count(body, "max_output_tokens", 16, u64::MAX)?;
    let conversation: Vec<Value> = request.history.items.iter().cloned().chain(input_items(body)).collect();
    let turn = Turn::of_response(&conversation);
    let builtin = builtin::calls(body, &turn, &request.behaviour);
    let prompt = Prompt::of_response(body, request.history.tokens, builtin.len(), &request.behaviour);
    let format = &body["text"]["format"];
    let shape = shape(tools::calls(body, &turn, &request.behaviour), format, &format["schema"]);
    let output = output::plan(prompt, 1, cap, &shape, &request.behaviour);
    let fees = builtin::fees(&builtin, &request.served_model);
    let response = Response::new(request, &output, &shape, builtin);

    let ended = response.ended();
    let waits = is_background && !request.stream;
    let shown = if waits { response.object("queued", &[], Value::Null) } else { ended.clone() };
    let events = if request.stream { EventSequence::of(&response).events() } else { Vec::new() };
    let stored = (body["store"] != false).then(|| StoredResponse {
        object: shown.clone(),
        input: conversation,
        events: if is_background { events.clone() } else { Vec::new() },
        background: waits.then(|| BackgroundWork {
            polls_left: request.behaviour.background_polls.unwrap_or(0),
            usage: output.usage,
            result: ended,
            call: None,
        }),
        bytes: size(body, &events),
    });
    let usage = (!waits).then_some(output.usage);
    let content = if request.stream { ResponseBody::Events(events) } else { ResponseBody::Json(shown) };
    Ok(EndpointResponse { fees, stored, ..EndpointResponse::new(usage, content) })
}

fn size(body: &Value, events: &[SseEvent]) -> usize {
    let input = body["input"].as_str().map_or_else(|| body["input"].to_string().len(), str::len);
    input + events.iter().map(|event| event.data.len()).sum::<usize>() + 4_096
}
