//! `POST /v1/chat/completions`.

mod chunks;
mod completion;

use super::models;
use super::parameters::{count, shape};
use crate::builtin;
use crate::errors::{self, InvalidRequest};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::output;
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};
use crate::tools::{self, Turn};

use completion::Completion;

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(InvalidRequest::missing("messages"));
    }
    if !request.stream && !body["stream_options"].is_null() {
        return Err(InvalidRequest::param(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            "stream_options",
            "invalid_request",
        ));
    }
    let n = count(body, "n", 1, 128)?.unwrap_or(1);
    let cap = match count(body, "max_completion_tokens", 1, u64::MAX)? {
        Some(cap) => Some(cap),
        None => count(body, "max_tokens", 1, u64::MAX)?,
    };
    if !body["max_tokens"].is_null() && models::is_reasoning(&request.served_model) {
        return Err(InvalidRequest::param(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
             'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ));
    }
    let format = &body["response_format"];
    let calls = tools::calls(body, &Turn::of_chat(&body["messages"]), &request.behaviour);
    let shape = shape(calls, format, &format["json_schema"]["schema"]);
    let prompt = Prompt::of_chat(body, &request.behaviour);
    let output = output::plan(prompt, n, cap, &shape, &request.behaviour);
    let completion = Completion { id: Mock::next_id("chatcmpl-"), request, shape: &shape };
    let content = match request.fault() {
        _ if request.stream => ResponseBody::Events(completion.chunks(&output)),
        Some(Fault::ResponseFailed) => {
            ResponseBody::Json(errors::object("The model failed to answer.", "server_error", None, None))
        }
        _ => ResponseBody::Json(completion.whole(&output)),
    };
    let fees = builtin::chat_fees(&request.served_model);
    Ok(EndpointResponse { fees, ..EndpointResponse::new(Some(output.usage), content) })
}
