//! The numbered, typed events of a streamed response.

use std::time::Duration;

use serde_json::{Value, json};

use super::item::{OutputItem, text_part};
use super::object::Response;
use crate::fault::Fault;
use crate::response::SseEvent;
use crate::tools::ToolCall;

pub(super) struct EventSequence<'a> {
    response: &'a Response<'a>,
    events: Vec<SseEvent>,
    /// Tokens sent.
    sent: u64,
}

impl<'a> EventSequence<'a> {
    pub(super) fn of(response: &'a Response<'a>) -> Self {
        Self { response, events: Vec::new(), sent: 0 }
    }

    pub(super) fn events(mut self) -> Vec<SseEvent> {
        let response = self.response;
        let is_background = response.request.body["background"] == true;
        let created = response.object(if is_background { "queued" } else { "in_progress" }, &[], Value::Null);
        self.push("response.created", json!({ "response": created }));
        if is_background {
            self.push("response.queued", json!({ "response": created }));
        }
        let started = response.object("in_progress", &[], Value::Null);
        self.push("response.in_progress", json!({ "response": started }));
        let (status, _) = response.ending();
        for (index, item) in response.items.iter().enumerate() {
            self.push_item(index, item, status);
        }
        self.push_ending(status);
        self.events
    }

    /// A failed response breaks off within its last item.
    fn push_item(&mut self, index: usize, item: &OutputItem<'_>, status: &str) {
        let place = json!({ "item_id": item.id(), "output_index": index });
        self.push(
            "response.output_item.added",
            json!({ "output_index": index, "item": item.json("in_progress") }),
        );
        match item {
            OutputItem::Reasoning { .. } => {}
            OutputItem::Builtin(call) => call.events().iter().for_each(|name| self.push(name, place.clone())),
            OutputItem::Call { call, pieces, .. } => self.push_input(&place, call, pieces),
            OutputItem::Message { pieces, .. } => {
                self.push_text(&with(&place, "content_index", json!(0)), pieces);
            }
        }
        let is_last = index + 1 == self.response.items.len();
        if is_last && status == "failed" {
            return;
        }
        let item_status = if is_last && status == "incomplete" { status } else { "completed" };
        self.push(
            "response.output_item.done",
            json!({ "output_index": index, "item": item.json(item_status) }),
        );
    }

    fn push_text(&mut self, place: &Value, pieces: &[String]) {
        let response = self.response;
        self.push("response.content_part.added", with(place, "part", text_part("")));
        for piece in pieces {
            let mut delta = with(place, "delta", json!(piece));
            delta["logprobs"] = json!([]);
            if response.request.body["stream_options"]["include_obfuscation"] != false {
                delta["obfuscation"] = json!("pQ7xRw2");
            }
            self.push_delta("response.output_text.delta", delta);
        }
        let text = pieces.concat();
        let mut done = with(place, "text", json!(text));
        done["logprobs"] = json!([]);
        self.push("response.output_text.done", done);
        self.push("response.content_part.done", with(place, "part", text_part(&text)));
    }

    fn push_input(&mut self, place: &Value, call: &ToolCall, pieces: &[String]) {
        let (delta, done, field) = if call.is_custom {
            ("response.custom_tool_call_input.delta", "response.custom_tool_call_input.done", "input")
        } else {
            ("response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments")
        };
        for piece in pieces {
            self.push_delta(delta, with(place, "delta", json!(piece)));
        }
        let mut event = with(place, field, json!(pieces.concat()));
        if !call.is_custom {
            event["name"] = json!(call.name);
        }
        self.push(done, event);
    }

    fn push_delta(&mut self, name: &'static str, mut delta: Value) {
        self.sent += 1;
        if self.response.request.fault() == Some(Fault::CumulativeUsage) {
            delta["usage"] = self.response.usage_so_far(self.sent);
        }
        self.push(name, delta);
    }

    fn push_ending(&mut self, status: &str) {
        let response = self.response;
        let name = match status {
            "failed" => "response.failed",
            "incomplete" => "response.incomplete",
            _ => "response.completed",
        };
        let ended = response.ended();
        let reports_usage = !ended["usage"].is_null();
        self.push(name, json!({ "response": ended }));
        if let Some(last) = self.events.last_mut() {
            last.reports_usage = reports_usage;
            if response.request.fault() == Some(Fault::UsageAfterFinish) {
                last.pause = Duration::from_millis(20);
            }
        }
    }

    fn push(&mut self, name: &'static str, fields: Value) {
        let mut data = json!({ "type": name, "sequence_number": self.events.len() });
        if let (Value::Object(data), Value::Object(fields)) = (&mut data, fields) {
            data.extend(fields);
        }
        self.events.push(SseEvent::new(Some(name), data.to_string()));
    }
}

fn with(place: &Value, name: &str, value: Value) -> Value {
    let mut fields = place.clone();
    fields[name] = value;
    fields
}
