//! `POST /v1/completions`, the legacy endpoint: text in, text out.

use serde_json::{Value, json};

use super::parameters::count;
use crate::endpoint::Endpoint;
use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::mock::Mock;
use crate::output::{self, FinishReason, Output, OutputChoice, OutputShape};
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody, SseEvent};

/// The provider's default, which surprises most callers.
const DEFAULT_MAX_TOKENS: u64 = 16;

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    let prompts = prompts(&body["prompt"]);
    let n = count(body, "n", 1, 128)?.unwrap_or(1);
    let best_of = count(body, "best_of", n, 20.max(n))?.unwrap_or(n);
    let cap = count(body, "max_tokens", 0, u64::MAX)?.unwrap_or(DEFAULT_MAX_TOKENS);
    if request.stream && best_of > n {
        return Err(InvalidRequest::param("Cannot stream with 'best_of'.", "best_of", "invalid_value"));
    }
    let prompt = Prompt::of_texts(&prompts, &request.behaviour);
    let generated = prompts.len() as u64 * best_of;
    // All candidates are billed, and the first `n` of each prompt returned.
    let mut output = output::plan(prompt, generated, Some(cap), &OutputShape::Text, &request.behaviour);
    let mut index = 0;
    output.choices.retain(|_| {
        index += 1;
        (index - 1) % best_of < n
    });
    let id = Mock::next_id("cmpl-");
    let content = if request.stream {
        ResponseBody::Events(events(&id, request, &output))
    } else {
        let choices = output.choices.iter().enumerate();
        let choices = choices.map(|(index, choice)| chosen(index, &choice.text(), Some(choice)));
        let mut whole = envelope(&id, request, &choices.collect());
        whole["usage"] = usage(request, &output);
        ResponseBody::Json(whole)
    };
    Ok(EndpointResponse::new(Some(output.usage), content))
}

/// One prompt, several, or the token ids of either. None means a fresh document.
fn prompts(prompt: &Value) -> Vec<&Value> {
    match prompt {
        Value::Array(items) if items.first().is_some_and(|first| !first.is_number()) => {
            items.iter().collect()
        }
        one => vec![one],
    }
}

fn chosen(index: usize, text: &str, ended: Option<&OutputChoice>) -> Value {
    let finish = ended.map(|choice| if choice.finish == FinishReason::Length { "length" } else { "stop" });
    json!({ "text": text, "index": index, "logprobs": null, "finish_reason": finish })
}

fn envelope(id: &str, request: &ModelRequest, choices: &Value) -> Value {
    json!({
        "id": id, "object": "text_completion", "created": request.created, "model": request.served_model,
        "choices": choices,
    })
}

fn usage(request: &ModelRequest, output: &Output) -> Value {
    Endpoint::Completions.usage(&output.usage.falsified_by(request.fault()))
}

fn events(id: &str, request: &ModelRequest, output: &Output) -> Vec<SseEvent> {
    let event = |choice: Value| SseEvent::new(None, envelope(id, request, &json!([choice])).to_string());
    let mut events = Vec::new();
    for (index, choice) in output.choices.iter().enumerate() {
        let pieces = choice.parts.iter().flatten();
        events.extend(pieces.map(|piece| event(chosen(index, piece, None))));
        events.push(event(chosen(index, "", Some(choice))));
    }
    if request.body["stream_options"]["include_usage"] == true && request.fault() != Some(Fault::NoUsage) {
        let mut last = envelope(id, request, &json!([]));
        last["usage"] = usage(request, output);
        let mut event = SseEvent::new(None, last.to_string());
        event.reports_usage = true;
        events.push(event);
    }
    events.push(SseEvent::new(None, "[DONE]".to_owned()));
    events
}
