//! `POST /v1/responses`.

mod events;
mod object;

use serde_json::Value;

use super::parameters::{count, shape};
use crate::errors::InvalidRequest;
use crate::output;
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};

use events::EventSequence;
use object::Response;

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    if body["input"].is_null() && body["prompt"].is_null() && body["previous_response_id"].is_null() {
        return Err(InvalidRequest::missing("input"));
    }
    let cap = count(body, "max_output_tokens", 16, u64::MAX)?;
    let format = &body["text"]["format"];
    let shape = shape(body, format, &format["schema"], |tool| tool);
    let prompt = Prompt::of_response(body, &request.behaviour);
    let output = output::plan(prompt, 1, cap, &shape, &request.behaviour);
    let response = Response::new(request, &output, &shape);

    if body["background"] == true && !request.stream {
        return Ok(EndpointResponse {
            usage: None,
            body: ResponseBody::Json(response.object("queued", &[], Value::Null)),
        });
    }
    let content = if request.stream {
        ResponseBody::Events(EventSequence::of(&response).events())
    } else {
        let (status, usage) = response.ending();
        let items = if status == "failed" { Vec::new() } else { response.items("completed") };
        ResponseBody::Json(response.object(status, &items, usage))
    };
    Ok(EndpointResponse { usage: Some(output.usage), body: content })
}
