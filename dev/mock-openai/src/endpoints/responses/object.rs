//! The response object, whole and as it grows during a stream.

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::mock::Mock;
use crate::output::{FinishReason, Output, OutputShape};
use crate::request::ModelRequest;

/// The ids are fixed at the start; parts are rendered when the stream reaches them.
pub(super) struct Response<'a> {
    pub(super) request: &'a ModelRequest,
    pub(super) pieces: &'a [String],
    pub(super) tool: Option<&'a str>,
    pub(super) item_id: String,
    reasoning_id: Option<String>,
    id: String,
    call_id: String,
    output: &'a Output,
    finish: FinishReason,
}

impl<'a> Response<'a> {
    pub(super) fn new(request: &'a ModelRequest, output: &'a Output, shape: &'a OutputShape) -> Self {
        let choice = output.choices.first();
        let tool = match shape {
            OutputShape::Call { name, .. } => Some(name.as_str()),
            _ => None,
        };
        Self {
            request,
            pieces: choice.map_or(&[], |choice| &choice.pieces),
            tool,
            item_id: Mock::next_id(if tool.is_some() { "fc_" } else { "msg_" }),
            reasoning_id: (output.usage.reasoning_tokens > 0).then(|| Mock::next_id("rs_")),
            id: Mock::next_id("resp_"),
            call_id: Mock::next_id("call_"),
            output,
            finish: choice.map_or(FinishReason::Stop, |choice| choice.finish),
        }
    }

    /// The final status and its usage object.
    pub(super) fn ending(&self) -> (&'static str, Value) {
        let fault = self.request.fault();
        let usage = self.output.usage.falsified_by(fault).responses();
        match (fault, self.finish) {
            (Some(Fault::ResponseFailed), _) => ("failed", Value::Null),
            (Some(Fault::NoUsage), _) => ("completed", Value::Null),
            (_, FinishReason::Length) => ("incomplete", usage),
            _ => ("completed", usage),
        }
    }

    /// The usage after the first `tokens` output tokens.
    pub(super) fn usage_so_far(&self, tokens: u64) -> Value {
        self.output.usage.so_far(tokens).responses()
    }

    pub(super) fn text(&self) -> String {
        self.pieces.concat()
    }

    pub(super) fn reasoning_item(&self) -> Option<Value> {
        self.reasoning_id.as_ref().map(|id| json!({ "id": id, "type": "reasoning", "summary": [] }))
    }

    pub(super) fn part(text: &str) -> Value {
        json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text })
    }

    /// The message or the function call, empty while in progress.
    pub(super) fn item(&self, status: &str) -> Value {
        let text = if status == "in_progress" { String::new() } else { self.text() };
        if let Some(name) = self.tool {
            return json!({
                "id": self.item_id, "type": "function_call", "status": status, "arguments": text,
                "call_id": self.call_id, "name": name,
            });
        }
        let content = if status == "in_progress" { json!([]) } else { json!([Self::part(&text)]) };
        json!({
            "id": self.item_id, "type": "message", "status": status, "content": content, "role": "assistant",
        })
    }

    pub(super) fn items(&self, status: &str) -> Vec<Value> {
        self.reasoning_item().into_iter().chain([self.item(status)]).collect()
    }

    pub(super) fn object(&self, status: &str, output: &[Value], usage: Value) -> Value {
        let body = &self.request.body;
        let or = |name: &str, default: Value| if body[name].is_null() { default } else { body[name].clone() };
        json!({
            "id": self.id,
            "object": "response",
            "created_at": self.request.created,
            "status": status,
            "background": body["background"] == true,
            "error": if status == "failed" {
                json!({ "code": "server_error", "message": "The model failed to answer." })
            } else { Value::Null },
            "incomplete_details": if status == "incomplete" {
                json!({ "reason": "max_output_tokens" })
            } else { Value::Null },
            "instructions": body["instructions"],
            "max_output_tokens": body["max_output_tokens"],
            "max_tool_calls": body["max_tool_calls"],
            "model": self.request.served_model,
            "output": output,
            "parallel_tool_calls": or("parallel_tool_calls", json!(true)),
            "previous_response_id": body["previous_response_id"],
            "prompt_cache_key": body["prompt_cache_key"],
            "reasoning": or("reasoning", json!({ "effort": null, "summary": null })),
            "safety_identifier": body["safety_identifier"],
            "service_tier": self.request.service_tier,
            "store": or("store", json!(true)),
            "temperature": or("temperature", json!(1.0)),
            "text": or("text", json!({ "format": { "type": "text" }, "verbosity": "medium" })),
            "tool_choice": or("tool_choice", json!("auto")),
            "tools": or("tools", json!([])),
            "top_logprobs": 0,
            "top_p": or("top_p", json!(1.0)),
            "truncation": or("truncation", json!("disabled")),
            "usage": usage,
            "user": body["user"],
            "metadata": or("metadata", json!({})),
        })
    }
}
