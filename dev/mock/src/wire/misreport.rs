//! Faults of a provider whose usage objects are wrong, incomplete, or not final.

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::response::SseEvent;

/// Changes the usage of a plain response.
pub(super) fn plain(json: &mut Value, fault: Fault) {
    if let Some(usage) = usage_of(json) {
        falsify(usage, fault);
    }
}

/// Changes the usage within the events of a stream, or the events around it.
pub(super) fn events(events: &mut Vec<SseEvent>, fault: Fault) {
    match fault {
        Fault::SplitUsage => split(events),
        Fault::ZerosAfterUsage => repeat_with_zeros(events),
        Fault::RunningUsageCut => {
            run(events);
            events.truncate(events.len() / 2);
        }
        _ => {
            for event in events {
                change(event, |json| plain(json, fault));
            }
        }
    }
}

fn falsify(usage: &mut Map<String, Value>, fault: Fault) {
    let (input, output) = names(usage);
    let (input_tokens, output_tokens) = (count(usage, input), count(usage, output));
    let mut set = |name: &str, value: Value| drop(usage.insert(name.to_owned(), value));
    match fault {
        Fault::ZeroInput => set(input, json!(0)),
        Fault::ZeroUsage | Fault::NegativeUsage | Fault::ImpossibleUsage => {
            let wrong: i64 = match fault {
                Fault::ZeroUsage => 0,
                Fault::NegativeUsage => -1,
                _ => 1_000_000_000_000_000,
            };
            for name in [input, output, "total_tokens"] {
                set(name, json!(wrong));
            }
        }
        Fault::HiddenTotal => set("total_tokens", json!(input_tokens + output_tokens + 572)),
        Fault::HiddenReasoning => {
            let reasoning = output_tokens + 301;
            // One less than all of it: the exact sum would mean that reasoning is counted beside the output.
            set("total_tokens", json!(input_tokens + output_tokens + reasoning - 1));
            let details =
                if output == "output_tokens" { "output_tokens_details" } else { "completion_tokens_details" };
            set(details, json!({ "reasoning_tokens": reasoning }));
        }
        Fault::RivalCounts => {
            let other = if input == "input_tokens" { "prompt_tokens" } else { "input_tokens" };
            set(other, json!(1));
        }
        _ => {}
    }
}

/// Input comes with the first event, the final output with the last.
fn split(events: &mut [SseEvent]) {
    let Some(mut whole) = reported(events) else { return };
    let (_, output) = names(&whole);
    let final_output = whole.insert(output.to_owned(), json!(1)).unwrap_or_default();
    whole.shift_remove("total_tokens");
    for event in events.iter_mut().filter(|event| event.reports_usage) {
        set_usage(event, &json!({ output: final_output }));
    }
    if let Some(first) = events.first_mut() {
        set_usage(first, &Value::Object(whole));
    }
}

/// Of the Responses API, the usage comes with the last event, so nothing can follow it.
fn repeat_with_zeros(events: &mut Vec<SseEvent>) {
    let Some(at) = events.iter().position(|event| event.reports_usage && event.name.is_none()) else {
        return;
    };
    let mut again = events[at].clone();
    again.reports_usage = false;
    let zeros = json!({ "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 });
    set_usage(&mut again, &zeros);
    events.insert(at + 1, again);
}

/// Every event has the usage as it was after the first token.
fn run(events: &mut [SseEvent]) {
    let Some(mut usage) = reported(events) else { return };
    let (_, output) = names(&usage);
    usage.insert(output.to_owned(), json!(1));
    usage.shift_remove("total_tokens");
    let usage = Value::Object(usage);
    for event in events {
        set_usage(event, &usage);
    }
}

fn reported(events: &[SseEvent]) -> Option<Map<String, Value>> {
    let event = events.iter().find(|event| event.reports_usage)?;
    let mut json = serde_json::from_str(&event.data).ok()?;
    usage_of(&mut json).cloned()
}

fn set_usage(event: &mut SseEvent, usage: &Value) {
    change(event, |json| {
        let owner = if json["response"].is_object() { &mut json["response"] } else { json };
        owner["usage"] = usage.clone();
    });
}

fn change(event: &mut SseEvent, change: impl FnOnce(&mut Value)) {
    if !event.is_raw
        && let Ok(mut json) = serde_json::from_str::<Value>(&event.data)
    {
        change(&mut json);
        event.data = json.to_string();
    }
}

fn usage_of(json: &mut Value) -> Option<&mut Map<String, Value>> {
    let nested = ["response", "message"].into_iter().find(|name| json[*name].is_object());
    let owner = if let Some(name) = nested { &mut json[name] } else { json };
    owner.get_mut("usage")?.as_object_mut()
}

/// The names of input and output.
fn names(usage: &Map<String, Value>) -> (&'static str, &'static str) {
    if usage.contains_key("input_tokens") {
        ("input_tokens", "output_tokens")
    } else {
        ("prompt_tokens", "completion_tokens")
    }
}

fn count(usage: &Map<String, Value>, name: &str) -> u64 {
    usage.get(name).and_then(Value::as_u64).unwrap_or_default()
}
