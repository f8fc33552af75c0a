//! `POST /v1/responses/compact`, which is billed, and `POST /v1/responses/input_tokens`, which is not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::errors::InvalidRequest;
use crate::mock::Mock;
use crate::output::{self, OutputShape};
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};
use crate::stored::{ResponseHistory, input_items};

/// The user's messages, followed by an item that stands for everything else.
pub(crate) fn compact(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    if body["input"].is_null() && body["previous_response_id"].is_null() {
        return Err(InvalidRequest::missing("input"));
    }
    let prompt = Prompt::of_response(body, request.history.tokens, 0, &request.behaviour);
    let output = output::plan(prompt, 1, None, &OutputShape::Text, &request.behaviour);
    let conversation = request.history.items.iter().cloned().chain(input_items(body));
    let is_from_user = |item: &Value| item["type"] == "message" && item["role"] == "user";
    let mut items: Vec<Value> = conversation.filter(is_from_user).collect();
    for item in &mut items {
        item["status"] = json!("completed");
    }
    let summary: String = output.choices.iter().map(output::OutputChoice::text).collect();
    items.push(json!({
        "id": Mock::next_id("cmp_"),
        "type": "compaction",
        "encrypted_content": STANDARD.encode(summary),
    }));
    let compacted = json!({
        "id": Mock::next_id("resp_"),
        "object": "response.compaction",
        "created_at": request.created,
        "output": items,
        "usage": output.usage.falsified_by(request.fault()).responses(),
    });
    Ok(EndpointResponse::new(Some(output.usage), ResponseBody::Json(compacted)))
}

pub(crate) fn count_input(body: &Value, history: &ResponseHistory) -> Value {
    let prompt = Prompt::of_response(body, history.tokens, 0, &crate::behaviour::Behaviour::default());
    json!({ "object": "response.input_tokens", "input_tokens": prompt.tokens })
}
