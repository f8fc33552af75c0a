//! The typed events of a streamed message.

use serde_json::{Value, json};

use super::message::Message;
use crate::fault::Fault;
use crate::response::SseEvent;

pub(super) fn of(message: &Message<'_>) -> Vec<SseEvent> {
    let fault = message.request.fault();
    if fault == Some(Fault::PingsOnly) {
        return (0..3).map(|_| event("ping", json!({}))).collect();
    }
    let mut events = vec![event("message_start", json!({ "message": message.opening() }))];
    for (index, block) in message.blocks.iter().enumerate() {
        let opening = json!({ "index": index, "content_block": block.opening() });
        events.push(event("content_block_start", opening));
        if index == 0 {
            events.push(event("ping", json!({})));
        }
        let deltas = block.deltas().into_iter();
        events.extend(
            deltas.map(|delta| event("content_block_delta", json!({ "index": index, "delta": delta }))),
        );
        events.push(event("content_block_stop", json!({ "index": index })));
    }
    events.push(ending(message));
    if fault != Some(Fault::NoDone) {
        events.push(event("message_stop", json!({})));
    }
    if fault == Some(Fault::UnknownEvents) {
        add_unknown(&mut events);
    }
    events
}

/// The last usage.
fn ending(message: &Message<'_>) -> SseEvent {
    let delta = json!({
        "stop_reason": message.stop_reason,
        "stop_sequence": null,
        "stop_details": message.stop_details(),
    });
    let mut fields = json!({ "delta": delta });
    if message.request.fault() != Some(Fault::NoUsage) {
        fields["usage"] = message.usage.delta();
    }
    let mut ending = event("message_delta", fields);
    ending.reports_usage = message.request.fault() != Some(Fault::NoUsage);
    ending
}

/// Before each event one that no client knows, and in the first text a delta of another kind.
fn add_unknown(events: &mut Vec<SseEvent>) {
    let known = std::mem::take(events);
    for known in known {
        events.push(event("message_telemetry", json!({ "elapsed_ms": 7, "usage": { "output_tokens": 1 } })));
        events.push(known);
    }
    let is_delta = |event: &SseEvent| event.name == Some("content_block_delta");
    if let Some(at) = events.iter().position(is_delta) {
        let delta = json!({ "type": "sketch_delta", "sketch": "text", "usage": null });
        events.insert(at, event("content_block_delta", json!({ "index": 0, "delta": delta, "hint": 1 })));
    }
}

fn event(name: &'static str, fields: Value) -> SseEvent {
    let mut data = json!({ "type": name });
    if let (Value::Object(data), Value::Object(fields)) = (&mut data, fields) {
        data.extend(fields);
    }
    SseEvent::new(Some(name), data.to_string())
}
