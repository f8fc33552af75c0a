//! A completion in one piece.

use serde_json::{Value, json};

use crate::mock::Mock;
use crate::output::{FinishReason, Output, OutputChoice, OutputShape};
use crate::request::ModelRequest;
use crate::tools::ToolCall;

pub(super) struct Completion<'a> {
    pub(super) id: String,
    pub(super) request: &'a ModelRequest,
    pub(super) shape: &'a OutputShape,
}

pub(super) fn finish_reason(finish: FinishReason) -> &'static str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool_calls",
    }
}

impl Completion<'_> {
    pub(super) fn whole(&self, output: &Output) -> Value {
        let choices: Vec<Value> = output
            .choices
            .iter()
            .enumerate()
            .map(|(index, choice)| {
                json!({
                    "index": index,
                    "message": self.message(choice),
                    "logprobs": null,
                    "finish_reason": finish_reason(choice.finish),
                })
            })
            .collect();
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.request.created,
            "model": self.request.served_model,
            "choices": choices,
            "usage": output.usage.falsified_by(self.request.fault()).chat(),
            "service_tier": self.request.service_tier,
            "system_fingerprint": "fp_mock",
        })
    }

    fn message(&self, choice: &OutputChoice) -> Value {
        match self.shape {
            OutputShape::Calls(calls) => {
                let calls = calls.iter().zip(&choice.parts);
                let calls = calls.map(|(call, pieces)| opened_call(call, &pieces.concat()));
                json!({
                    "role": "assistant",
                    "content": null,
                    "tool_calls": calls.collect::<Vec<_>>(),
                    "refusal": null,
                    "annotations": [],
                })
            }
            _ => json!({
                "role": "assistant",
                "content": choice.text(),
                "refusal": null,
                "annotations": self.annotations(),
            }),
        }
    }

    /// Sources of a search, which models with `web_search_options` always make.
    pub(super) fn annotations(&self) -> Value {
        if self.request.body["web_search_options"].is_null() {
            return json!([]);
        }
        let citation =
            json!({ "start_index": 0, "end_index": 6, "title": "text", "url": "https://example.com/" });
        json!([{ "type": "url_citation", "url_citation": citation }])
    }
}

/// A call with the input that it has so far.
pub(super) fn opened_call(call: &ToolCall, input: &str) -> Value {
    let id = Mock::next_id("call_");
    if call.is_custom {
        json!({ "id": id, "type": "custom", "custom": { "name": call.name, "input": input } })
    } else {
        json!({ "id": id, "type": "function", "function": { "name": call.name, "arguments": input } })
    }
}
