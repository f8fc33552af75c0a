//! Faults of a provider whose events are no valid stream, or leave out what others send.

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::response::SseEvent;

/// Changes which events a stream has.
pub(super) fn events(events: &mut Vec<SseEvent>, fault: Fault) {
    match fault {
        // The opening of a chat completion, or the start of a response. A legacy completion begins with text.
        Fault::CutBeforeText => {
            let opening = events.iter().take_while(|event| is_opening(event)).count();
            let is_legacy = events.first().is_some_and(|event| event.data.contains("\"text_completion\""));
            events.truncate(if is_legacy { opening } else { opening.max(1) });
        }
        Fault::DoneEventsOnly => {
            events.retain(|event| event.name.is_none_or(|name| name.rsplit('.').next() != Some("delta")));
            for event in events.iter_mut() {
                hide_usage(event);
            }
            events.retain(|event| !event.reports_usage || event.name.is_some());
        }
        Fault::SplitSurrogates => {
            let Some(at) = events.iter().position(|event| text_of(event).is_some()) else { return };
            let halves: Vec<SseEvent> =
                ["\\ud83d", "\\ude00"].iter().filter_map(|half| with_text(&events[at], half)).collect();
            events.truncate(at + 1);
            events.extend(halves);
        }
        _ => {}
    }
}

/// Adds a number that JSON does not have.
pub(super) fn with_infinity(json: &str) -> String {
    json.replacen('{', "{\"x_logprob\":-Infinity,", 1)
}

fn is_opening(event: &SseEvent) -> bool {
    match event.name {
        Some(name) => matches!(name, "response.created" | "response.queued" | "response.in_progress"),
        None => text_of(event).is_none_or(|text| text.is_empty()) && !event.data.contains("tool_calls"),
    }
}

fn hide_usage(event: &mut SseEvent) {
    if let Ok(mut json) = serde_json::from_str::<Value>(&event.data)
        && json["response"]["usage"].is_object()
    {
        json["response"]["usage"] = Value::Null;
        json["response"]["output"] = json!([]);
        event.data = json.to_string();
        event.reports_usage = false;
    }
}

fn text_of(event: &SseEvent) -> Option<String> {
    let mut json = serde_json::from_str::<Value>(&event.data).ok()?;
    let text = match event.name {
        Some("response.output_text.delta") => &mut json["delta"],
        Some(_) => return None,
        None => text_in(&mut json)?,
    };
    text.as_str().map(str::to_owned)
}

/// The text of the first choice of a chat completion or a legacy one.
fn text_in(chunk: &mut Value) -> Option<&mut Value> {
    let is_legacy = chunk["object"] == "text_completion";
    chunk.pointer_mut(if is_legacy { "/choices/0/text" } else { "/choices/0/delta/content" })
}

/// The same event with another text, which is already escaped.
fn with_text(event: &SseEvent, escaped: &str) -> Option<SseEvent> {
    const PLACE: &str = "mock-text";
    let mut json = serde_json::from_str::<Value>(&event.data).ok()?;
    let text = if event.name.is_some() { &mut json["delta"] } else { text_in(&mut json)? };
    *text = json!(PLACE);
    Some(SseEvent { data: json.to_string().replace(PLACE, escaped), ..event.clone() })
}
