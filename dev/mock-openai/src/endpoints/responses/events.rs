//! The numbered, typed events of a streamed response.

use std::time::Duration;

use serde_json::{Value, json};

use super::object::Response;
use crate::fault::Fault;
use crate::response::SseEvent;

pub(super) struct EventSequence<'a> {
    response: &'a Response<'a>,
    events: Vec<SseEvent>,
}

impl<'a> EventSequence<'a> {
    pub(super) fn of(response: &'a Response<'a>) -> Self {
        Self { response, events: Vec::new() }
    }

    pub(super) fn events(mut self) -> Vec<SseEvent> {
        let response = self.response;
        let started = response.object("in_progress", &[], Value::Null);
        self.push("response.created", json!({ "response": started }));
        self.push("response.in_progress", json!({ "response": started }));
        let mut index = 0;
        if let Some(item) = response.reasoning_item() {
            self.push("response.output_item.added", json!({ "output_index": 0, "item": item }));
            self.push("response.output_item.done", json!({ "output_index": 0, "item": item }));
            index = 1;
        }
        let item = response.item("in_progress");
        self.push("response.output_item.added", json!({ "output_index": index, "item": item }));
        if response.tool.is_some() {
            self.push_arguments(index);
        } else {
            self.push_text(index);
        }
        self.push_ending(index);
        self.events
    }

    fn push_text(&mut self, index: usize) {
        let response = self.response;
        let place = json!({ "item_id": response.item_id, "output_index": index, "content_index": 0 });
        self.push("response.content_part.added", with(&place, "part", Response::part("")));
        for (sent, piece) in response.pieces.iter().enumerate() {
            let mut delta = with(&place, "delta", json!(piece));
            delta["logprobs"] = json!([]);
            if response.request.body["stream_options"]["include_obfuscation"] != false {
                delta["obfuscation"] = json!("pQ7xRw2");
            }
            self.push_delta("response.output_text.delta", delta, sent);
        }
        let mut done = with(&place, "text", json!(response.text()));
        done["logprobs"] = json!([]);
        self.push("response.output_text.done", done);
        self.push("response.content_part.done", with(&place, "part", Response::part(&response.text())));
    }

    fn push_arguments(&mut self, index: usize) {
        let response = self.response;
        let place = json!({ "item_id": response.item_id, "output_index": index });
        for (sent, piece) in response.pieces.iter().enumerate() {
            self.push_delta(
                "response.function_call_arguments.delta",
                with(&place, "delta", json!(piece)),
                sent,
            );
        }
        self.push("response.function_call_arguments.done", with(&place, "arguments", json!(response.text())));
    }

    fn push_delta(&mut self, name: &'static str, mut delta: Value, sent: usize) {
        let cumulative = self.response.request.fault() == Some(Fault::CumulativeUsage);
        if cumulative {
            delta["usage"] = self.response.usage_so_far(sent as u64 + 1);
        }
        self.push(name, delta);
    }

    fn push_ending(&mut self, index: usize) {
        let response = self.response;
        let (status, usage) = response.ending();
        let name = match status {
            "failed" => "response.failed",
            "incomplete" => "response.incomplete",
            _ => "response.completed",
        };
        let items = if status == "failed" {
            Vec::new()
        } else {
            let item_status = if status == "incomplete" { "incomplete" } else { "completed" };
            self.push(
                "response.output_item.done",
                json!({ "output_index": index, "item": response.item(item_status) }),
            );
            response.items(item_status)
        };
        let reports_usage = !usage.is_null();
        self.push(name, json!({ "response": response.object(status, &items, usage) }));
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
