//! A completion in one piece.

use serde_json::{Value, json};

use crate::mock::Mock;
use crate::output::{FinishReason, Output, OutputChoice, OutputShape};
use crate::request::ModelRequest;

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
            OutputShape::Call { name, .. } => json!({
                "role": "assistant",
                "content": null,
                "tool_calls": [{
                    "id": Mock::next_id("call_"),
                    "type": "function",
                    "function": { "name": name, "arguments": choice.text() },
                }],
                "refusal": null,
                "annotations": [],
            }),
            _ => json!({
                "role": "assistant", "content": choice.text(), "refusal": null, "annotations": [],
            }),
        }
    }
}
