//! The response object, whole and as it grows during a stream.

use serde_json::{Value, json};

use super::item::{OutputItem, output_items};
use crate::builtin::{self, BuiltinCall};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::output::{FinishReason, Output, OutputShape};
use crate::request::ModelRequest;

pub(super) struct Response<'a> {
    pub(super) request: &'a ModelRequest,
    pub(super) items: Vec<OutputItem<'a>>,
    id: String,
    output: &'a Output,
    finish: FinishReason,
    tool_usage: Value,
}

impl<'a> Response<'a> {
    pub(super) fn new(
        request: &'a ModelRequest,
        output: &'a Output,
        shape: &'a OutputShape,
        builtin: Vec<BuiltinCall>,
    ) -> Self {
        Self {
            request,
            tool_usage: builtin::usage(&builtin),
            items: output_items(request, output, shape, builtin),
            id: Mock::next_id("resp_"),
            output,
            finish: output.choices.first().map_or(FinishReason::Stop, |choice| choice.finish),
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

    /// The whole object, as it is when the work has ended.
    pub(super) fn ended(&self) -> Value {
        let (status, usage) = self.ending();
        let item_status = if status == "incomplete" { status } else { "completed" };
        let items = if status == "failed" { Vec::new() } else { self.output(item_status) };
        self.object(status, &items, usage)
    }

    pub(super) fn output(&self, status: &str) -> Vec<Value> {
        self.items.iter().map(|item| item.json(status)).collect()
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
            "tool_usage": if usage.is_null() { Value::Null } else { self.tool_usage.clone() },
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
