//! Events of a streamed message. Usage comes with its first event and again, cumulative, with its last.

use domain::usage::ReportedUsage;

use super::content::container_ids;
use super::counts::Counts;
use super::iterations::{billed_parts, fallback_model};
use super::response::{block_bytes, iterations};
use crate::json::{Member, as_present, as_str, as_text, members, read_object, readable, text_bytes};
use crate::sse::{Data, EventVerdict, Observed, StreamEnding};
use crate::wire::upstream_error::parse_error;

pub(crate) fn read(data: &Data<'_>, observed: &mut Observed) -> EventVerdict {
    let text = readable(&data.text);
    let Some(event) = read_object(&text) else {
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    observed.malformed_events += u64::from(!event.is_whole);
    let field = |name| field(&event.members, name);
    let named = data.event_name.and_then(|name| std::str::from_utf8(name).ok());
    let kind = field("type").and_then(as_str).or_else(|| named.map(Into::into)).unwrap_or_default();
    match kind.as_ref() {
        "message_start" => read_message(field("message").unwrap_or_default(), observed),
        "content_block_start" => generated(field("content_block").map(block_bytes), observed),
        "content_block_delta" => generated(field("delta").map(delta_bytes), observed),
        "message_delta" => read_end(field("delta"), field("usage"), observed),
        "message_stop" => {
            observed.end(StreamEnding::Completed);
            return EventVerdict::Last;
        }
        "error" => observed.error = field("error").and_then(parse_error).or(observed.error.take()),
        _ => {}
    }
    EventVerdict::Forward
}

fn field<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members.iter().rev().find(|member| member.key == name).and_then(|member| as_present(member.value))
}

fn read_message(message: &str, observed: &mut Observed) {
    let members = read_object(message).map(|message| message.members).unwrap_or_default();
    observed.served_model = field(&members, "model").and_then(as_text).or(observed.served_model.take());
    observed.response_id = field(&members, "id").and_then(as_text).or(observed.response_id.take());
    add_container(&members, observed);
    if let Some(usage) = field(&members, "usage") {
        report(usage, observed);
    }
}

/// What a part of the text says twice, as citations do, is not generated twice.
fn delta_bytes(delta: &str) -> u64 {
    let members = members(delta).unwrap_or_default();
    let kind = field(&members, "type").and_then(as_str);
    if kind.is_some_and(|kind| kind == "citations_delta") { 0 } else { text_bytes(delta) }
}

fn generated(bytes: Option<u64>, observed: &mut Observed) {
    let bytes = bytes.unwrap_or_default();
    observed.generated(bytes);
    if bytes > 0 {
        observed.content_events += 1;
        observed.text.add_delta(bytes);
    }
}

fn read_end(delta: Option<&str>, usage: Option<&str>, observed: &mut Observed) {
    let members = delta.and_then(|delta| members(delta).ok()).unwrap_or_default();
    add_container(&members, observed);
    let stop_reason = field(&members, "stop_reason").and_then(as_text);
    if stop_reason.is_some() {
        observed.finish_choice(0);
    }
    // Last, because a stop reason beside it makes it final.
    if let Some(usage) = usage {
        report(usage, observed);
    }
    let is_without_output = observed.counts.is_without_output() && observed.text_bytes() == 0;
    observed.is_unbilled = stop_reason.as_deref() == Some("refusal") && is_without_output;
}

fn add_container(members: &[Member<'_>], observed: &mut Observed) {
    if let Some(container) = field(members, "container") {
        observed.made.add_containers(&container_ids(container));
    }
}

fn report(usage: &str, observed: &mut Observed) {
    let Some(counts) = Counts::read(usage) else { return };
    let has_output = counts.has_output();
    observed.counts.merge(&counts);
    // The first object has the input, the last one the output: both are kept as they came.
    let raw = match &observed.first_usage {
        Some(first) => format!("[{first},{usage}]"),
        None => usage.to_owned(),
    };
    observed.first_usage.get_or_insert_with(|| usage.to_owned());
    observed.usage = Some(ReportedUsage { report: observed.counts.report(), raw });
    observed.service_tier = observed.counts.tier();
    observed.used_tools = observed.counts.used_tools();
    if let Some(iterations) = iterations(usage) {
        let served = fallback_model(iterations).or(observed.served_model.take());
        observed.parts = billed_parts(iterations, served.as_deref());
        observed.served_model = served;
    }
    if has_output {
        observed.counted(1);
    }
}
