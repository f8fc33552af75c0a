//! Chunks of a chat completion. Usage may come on any of them, even after `finish_reason`, and more than once.

use std::ops::Range;

use crate::json::{
    Member, as_array, as_present, as_str, offset_in, read_array, read_object, readable, text_bytes,
};
use crate::sse::{Data, EventVerdict, Observed};
use crate::wire::upstream_error::parse_error;

use super::usage::UsagePlaces;

pub(crate) fn read(data: &Data<'_>, hide_usage: bool, choices: u32, observed: &mut Observed) -> EventVerdict {
    let text = readable(&data.text);
    let Some(chunk) = read_object(&text) else {
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    observed.malformed_events += u64::from(!chunk.is_whole);
    let mut usage = UsagePlaces::default();
    let mut has_usage_member = false;
    for member in &chunk.members {
        has_usage_member |= member.key == "usage";
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            "usage" => usage.own = Some(value),
            "x_groq" => usage.read_groq(value),
            "choices" => usage.choice = read_choices(value, observed).or(usage.choice),
            key => read_member(key, value, observed),
        }
    }
    if data.event_name == Some(b"error") && observed.error.is_none() {
        observed.error = parse_error(&text);
    }
    // Last, because a finish reason beside it makes it final.
    if let Some(usage) = usage.first() {
        observed.report(usage, choices);
    }
    if !hide_usage || !has_usage_member {
        return EventVerdict::Forward;
    }
    if is_usage_chunk(&chunk.members) {
        return EventVerdict::Drop;
    }
    EventVerdict::Cut(usage_ranges(&text, &chunk.members).iter().map(|range| data.in_event(range)).collect())
}

fn read_member(key: &str, value: &str, observed: &mut Observed) {
    let slot = match key {
        "error" => {
            observed.error = parse_error(value).or(observed.error.take());
            return;
        }
        "model" => &mut observed.served_model,
        "service_tier" => &mut observed.service_tier,
        "id" => &mut observed.response_id,
        _ => return,
    };
    if let Some(name) = as_str(value) {
        Observed::keep(slot, &name);
    }
}

/// Returns the usage object of the first choice, if it has one.
fn read_choices<'a>(choices: &'a str, observed: &mut Observed) -> Option<&'a str> {
    let mut bytes: u64 = 0;
    let mut usage = None;
    let choices = read_array(choices);
    for (at, choice) in choices.iter().enumerate() {
        let mut index = 0;
        let mut is_finished = false;
        for member in read_object(choice).map(|choice| choice.members).unwrap_or_default() {
            match member.key.as_ref() {
                "index" => index = member.value.parse().unwrap_or_default(),
                // A completion has its text beside the index.
                "delta" | "text" => {
                    bytes = bytes.saturating_add(text_bytes(member.value));
                    observed.made.add_audio(member.value);
                }
                // Some providers send an empty text until the end.
                "finish_reason" => {
                    is_finished = as_str(member.value).is_some_and(|reason| !reason.is_empty());
                }
                "usage" if at == 0 => usage = as_present(member.value),
                // OpenRouter reports what failed at one of its providers beside a finish reason `error`.
                "error" => {
                    observed.error = as_present(member.value).and_then(parse_error).or(observed.error.take());
                }
                _ => {}
            }
        }
        if is_finished {
            observed.finish_choice(index);
        }
    }
    if !choices.is_empty() {
        observed.generated(bytes);
    }
    if bytes > 0 {
        observed.content_events += 1;
        observed.text.add_delta(bytes);
    }
    usage
}

/// Whether this is the chunk that only a stream with `include_usage` has: empty `choices`, a usage, and nothing else of
/// its own. Empty `choices` alone do not identify it, because other extra chunks have them too.
fn is_usage_chunk(chunk: &[Member<'_>]) -> bool {
    let mut has_empty_choices = false;
    let mut has_usage = false;
    for member in chunk {
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            "choices" => has_empty_choices = as_array(value).is_some_and(|choices| choices.is_empty()),
            "usage" => has_usage = true,
            "id" | "object" | "created" | "model" | "system_fingerprint" | "service_tier" | "obfuscation" => {
            }
            _ => return false,
        }
    }
    has_empty_choices && has_usage
}

/// What to cut so that the object has no `usage`: each member from the end of the value before it, or, if only `usage`
/// members come before it, from the opening brace to the comma after it.
fn usage_ranges(text: &str, chunk: &[Member<'_>]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let opening = text.find('{').map_or(0, |at| at + 1);
    let mut kept_until = None;
    let mut until = opening;
    for member in chunk {
        let end = offset_in(text, member.value) + member.value.len();
        if member.key != "usage" {
            kept_until = Some(end);
        } else if kept_until.is_some() {
            extend(&mut ranges, until..end);
        } else {
            let rest = text.get(end..).unwrap_or_default();
            let trimmed = rest.trim_ascii_start();
            let comma = usize::from(trimmed.starts_with(','));
            extend(&mut ranges, opening..end + (rest.len() - trimmed.len()) * comma + comma);
        }
        until = end;
    }
    ranges
}

/// Adds a range that begins inside or after the last one.
fn extend(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        _ => ranges.push(range),
    }
}
