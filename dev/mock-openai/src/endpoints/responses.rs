//! `POST /v1/responses`: the whole response object; its events are in `events`.

mod events;
mod object;

use serde_json::Value;

use super::parameters::{count, shape};
use crate::ask::Ask;
use crate::errors::Invalid;
use crate::mock::Mock;
use crate::output;
use crate::prompt::Prompt;
use crate::response::{Answer, Content};

use events::Stream;
use object::Response;

pub(crate) fn answer(mock: &Mock, ask: &Ask) -> Result<Answer, Invalid> {
    let body = &ask.body;
    if body["input"].is_null() && body["prompt"].is_null() && body["previous_response_id"].is_null() {
        return Err(Invalid::missing("input"));
    }
    let cap = count(body, "max_output_tokens", 16, u64::MAX)?;
    let format = &body["text"]["format"];
    let shape = shape(body, format, &format["schema"], |tool| tool);
    let prompt = Prompt::of_response(body, &ask.wanted);
    let output = output::plan(prompt, 1, cap, &shape, &ask.wanted);
    let response = Response::new(mock, ask, &output, &shape);

    if body["background"] == true && !ask.stream {
        return Ok(Answer { usage: None, body: Content::Json(response.object("queued", &[], Value::Null)) });
    }
    let content = if ask.stream {
        Content::Events(Stream::of(&response).events())
    } else {
        let (status, usage) = response.ending();
        let items = if status == "failed" { Vec::new() } else { response.items("completed") };
        Content::Json(response.object(status, &items, usage))
    };
    Ok(Answer { usage: Some(output.usage), body: content })
}
