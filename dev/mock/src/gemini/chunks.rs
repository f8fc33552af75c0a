//! A response in pieces, each a whole response: as server-sent events without names and end, or as one JSON array.

use serde_json::{Value, json};

use super::content::Content;
use super::errors;
use crate::fault::Fault;
use crate::output::{OutputChoice, OutputShape};
use crate::response::SseEvent;

pub(super) fn events(content: &Content<'_>) -> Vec<SseEvent> {
    let mut events: Vec<SseEvent> = chunks(content)
        .into_iter()
        .map(|(chunk, is_last)| event(format!("data: {chunk}\r\n\r\n"), is_last))
        .collect();
    if content.request.fault() == Some(Fault::BareError) {
        events.truncate(events.len() / 2);
        let lines = serde_json::to_string_pretty(&overloaded()).unwrap_or_default();
        events.push(event(format!("{lines}\n"), false));
    }
    events
}

pub(super) fn array(content: &Content<'_>) -> Vec<SseEvent> {
    let chunks = chunks(content).into_iter().enumerate();
    let pieces = chunks.map(|(index, (chunk, is_last))| {
        let chunk = serde_json::to_string_pretty(&chunk).unwrap_or_default();
        event(format!("{}{chunk}", if index == 0 { "[" } else { ",\r\n" }), is_last)
    });
    pieces.chain([event("]\n".to_owned(), false)]).collect()
}

fn event(text: String, reports_usage: bool) -> SseEvent {
    SseEvent { reports_usage, ..SseEvent::raw(text) }
}

/// A failure during a stream of events.
pub(crate) fn error_event() -> SseEvent {
    event(format!("data: {}\r\n\r\n", overloaded()), false)
}

fn overloaded() -> Value {
    errors::error_body(503, "The model is overloaded. Please try again later.", &[])
}

/// Each with the usage so far; the last one with all of it.
fn chunks(content: &Content<'_>) -> Vec<(Value, bool)> {
    let fault = content.request.fault();
    let has_usage = |is_last: bool| match fault {
        Some(Fault::NoUsage) => false,
        Some(Fault::LateUsage) => is_last,
        _ => true,
    };
    let mut chunks = Vec::new();
    if content.thoughts > 0 {
        let usage = has_usage(false).then(|| content.usage.so_far(content.thoughts, 0));
        let candidate = content.candidate(0, content.thought(), None);
        chunks.push((content.response(vec![candidate], usage), false));
    }
    let mut sent = 0;
    for (index, choice) in content.choices.iter().enumerate() {
        for piece in pieces(content, choice) {
            sent += 1;
            let usage = has_usage(false).then(|| content.usage.so_far(content.thoughts, sent));
            let candidate = content.candidate(index, vec![json!({ "text": piece })], None);
            chunks.push((content.response(vec![candidate], usage), false));
        }
    }
    let endings = content.choices.iter().enumerate().map(|(index, choice)| ending(content, index, choice));
    let is_reported = has_usage(true);
    chunks.push((content.response(endings.collect(), is_reported.then_some(content.usage)), is_reported));
    chunks
}

/// Text comes word by word, calls whole with the end.
fn pieces(content: &Content<'_>, choice: &OutputChoice) -> Vec<String> {
    match content.shape {
        OutputShape::Calls(_) => Vec::new(),
        _ => choice.parts.concat(),
    }
}

fn ending(content: &Content<'_>, index: usize, choice: &OutputChoice) -> Value {
    let is_text = !matches!(content.shape, OutputShape::Calls(_));
    let parts = if is_text {
        [json!({ "text": "" })].into_iter().chain(content.picture()).collect()
    } else {
        content.parts(choice)
    };
    content.candidate(index, parts, Some(choice.finish))
}
