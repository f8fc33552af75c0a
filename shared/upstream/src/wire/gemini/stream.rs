//! Chunks of streamed content, each a whole response: an event of its own, or an element of one JSON array. Usage is a
//! running total that may be on each chunk or on the last ones.

use domain::usage::ReportedUsage;

use super::counts::Counts;
use super::{candidates, field, parse_error};
use crate::json::{as_text, read_array, read_object, readable};
use crate::sse::{Data, EventVerdict, Observed};

pub(crate) fn read(data: &Data<'_>, choices: u32, observed: &mut Observed) -> EventVerdict {
    let text = readable(&data.text);
    if text.trim_start().starts_with('[') {
        // An error may be the one element of an array.
        for element in read_array(&text) {
            read_chunk(element, choices, observed);
        }
    } else {
        read_chunk(&text, choices, observed);
    }
    EventVerdict::Forward
}

/// Reads one response object.
pub(super) fn read_chunk(chunk: &str, choices: u32, observed: &mut Observed) {
    let Some(chunk) = read_object(chunk) else {
        observed.malformed_events += 1;
        return;
    };
    observed.malformed_events += u64::from(!chunk.is_whole);
    let field = |name| field(&chunk.members, name);
    if let Some(model) = field("modelVersion").and_then(as_text) {
        Observed::keep(&mut observed.served_model, &model);
    }
    if let Some(id) = field("responseId").and_then(as_text) {
        Observed::keep(&mut observed.response_id, &id);
    }
    for (at, candidate) in field("candidates").map(read_array).unwrap_or_default().into_iter().enumerate() {
        candidates::read(candidate, at, chunk.is_whole, observed);
    }
    let is_blocked = field("promptFeedback").is_some_and(is_blocked);
    if is_blocked {
        observed.see_choice(0);
        observed.finish_choice(0);
    }
    if let Some(error) = field("error").and_then(parse_error) {
        observed.error = Some(error);
    }
    // Last, because what is beside it makes it final.
    if let Some(usage) = field("usageMetadata") {
        report(usage, is_blocked, choices, observed);
    }
}

/// Whether the prompt was refused, so that nothing was generated.
fn is_blocked(feedback: &str) -> bool {
    let members = read_object(feedback).map(|feedback| feedback.members).unwrap_or_default();
    field(&members, "blockReason").is_some()
}

fn report(usage: &str, is_blocked: bool, choices: u32, observed: &mut Observed) {
    let Some(mut counts) = Counts::read(usage) else { return };
    if is_blocked {
        counts.set_without_output();
    }
    let has_output = counts.has_output();
    observed.gemini.merge(counts);
    observed.usage = Some(ReportedUsage { report: observed.gemini.report(), raw: usage.to_owned() });
    if let Some(tier) = observed.gemini.tier() {
        observed.service_tier = Some(tier.to_owned());
    }
    if has_output {
        observed.counted(choices);
    }
}
