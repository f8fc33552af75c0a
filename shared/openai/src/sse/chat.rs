//! Chunks of a chat completion. Usage may come on any of them, even after `finish_reason`, and more than once.

use std::ops::Range;

use super::data::Data;
use super::observed::{EventVerdict, Observed};
use super::text::text_bytes;
use crate::wire::{Member, as_array, as_present, as_str, members, offset_in, parse_error, parse_usage};

pub(super) fn read(data: &Data<'_>, hide_usage: bool, observed: &mut Observed) -> EventVerdict {
    let Some((text, chunk)) =
        std::str::from_utf8(&data.text).ok().and_then(|text| Some((text, members(text).ok()?)))
    else {
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    let mut has_usage_member = false;
    for member in &chunk {
        has_usage_member |= member.key == "usage";
        if let Some(value) = as_present(member.value) {
            read_member(&member.key, value, observed);
        }
    }
    if !hide_usage || !has_usage_member {
        return EventVerdict::Forward;
    }
    if is_usage_chunk(&chunk) {
        return EventVerdict::Drop;
    }
    EventVerdict::Cut(usage_ranges(text, &chunk).iter().map(|range| data.in_event(range)).collect())
}

fn read_member(key: &str, value: &str, observed: &mut Observed) {
    let slot = match key {
        "choices" => return read_choices(value, observed),
        "usage" => {
            if let Some(usage) = parse_usage(value) {
                observed.usage = Some(usage);
            }
            return;
        }
        "error" => {
            observed.error = Some(parse_error(value));
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

fn read_choices(choices: &str, observed: &mut Observed) {
    let mut bytes: u64 = 0;
    for choice in as_array(choices).unwrap_or_default() {
        for member in members(choice).unwrap_or_default() {
            match member.key.as_ref() {
                "delta" => bytes = bytes.saturating_add(text_bytes(member.value)),
                "finish_reason" => observed.finish_reason_seen |= as_present(member.value).is_some(),
                _ => {}
            }
        }
    }
    if bytes > 0 {
        observed.content_events += 1;
        observed.output_bytes = observed.output_bytes.saturating_add(bytes);
    }
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
