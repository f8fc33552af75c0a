//! Events of the Responses API. The final event carries the whole response, usage included.

use domain::calls::Endpoint;

use crate::json::{Member, as_present, as_str, read_object, readable, text_bytes};
use crate::sse::{Data, EventVerdict, Observed, StreamEnding};
use crate::wire::ResponseFields;
use crate::wire::upstream_error::{UpstreamError, parse_error};

pub(crate) fn read(data: &Data<'_>, observed: &mut Observed) -> EventVerdict {
    let text = readable(&data.text);
    let Some(event) = read_object(&text) else {
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    observed.malformed_events += u64::from(!event.is_whole);
    let event = event.members;
    let field = |name: &str| {
        event.iter().rev().find(|member| member.key == name).and_then(|member| as_present(member.value))
    };
    let named = data.event_name.and_then(|name| std::str::from_utf8(name).ok());
    let kind = field("type").and_then(as_str).or_else(|| named.map(Into::into)).unwrap_or_default();
    if kind.ends_with(".delta") {
        read_delta(&kind, field("delta"), observed);
    } else if kind.ends_with(".done") {
        read_done(&event, observed);
    }
    // Not in the documentation, but some providers count while they stream.
    if let Some(usage) = field("usage") {
        observed.report(usage, 1);
    }
    if kind.starts_with("response.output_item.")
        && let Some(item) = field("item")
    {
        observed.made.add_item(item);
    }
    if kind == "response.output_item.done"
        && let Some(item) = field("item")
    {
        let at = field("output_index").and_then(|index| index.parse().ok()).unwrap_or_default();
        observed.used_tools.add_item(item, at);
    }
    if let Some(error) = field("error").and_then(parse_error) {
        observed.error = Some(error);
    } else if kind == "error" {
        // The documented shape is flat: `code` and `message` beside `type`.
        observed.error = parse_error(&text).map(|error| UpstreamError { kind: None, ..error });
    }
    let ending = match kind.as_ref() {
        "response.completed" => Some(StreamEnding::Completed),
        "response.incomplete" => Some(StreamEnding::Incomplete),
        "response.failed" | "response.cancelled" => Some(StreamEnding::Failed),
        // An `error` event is not the end: `response.failed` may follow with the usage.
        _ => None,
    };
    observed.ending = observed.ending.or(ending);
    if let Some(response) = field("response") {
        read_response(response, observed);
    }
    if ending.is_some() { EventVerdict::Last } else { EventVerdict::Forward }
}

fn read_response(response: &str, observed: &mut Observed) {
    let Some(response) = ResponseFields::parse_str(Endpoint::Responses, response) else { return };
    if let Some(usage) = &response.usage {
        observed.report(&usage.raw, 1);
    }
    observed.text.set_response(response.text_bytes);
    observed.served_model = response.served_model.or(observed.served_model.take());
    observed.service_tier = response.service_tier.or(observed.service_tier.take());
    observed.response_id = response.id.or(observed.response_id.take());
    observed.error = response.error.or(observed.error.take());
    observed.used_tools.extend(response.used_tools);
    observed.made.extend(&response.made);
}

fn read_delta(kind: &str, delta: Option<&str>, observed: &mut Observed) {
    // Audio is base64; its transcript has its own deltas.
    let Some(delta) = delta.filter(|_| kind != "response.audio.delta") else { return };
    let bytes = text_bytes(delta);
    observed.generated(bytes);
    observed.content_events += 1;
    observed.text.add_delta(bytes);
}

/// The whole of something that may have come in deltas before, or only here.
fn read_done(event: &[Member<'_>], observed: &mut Observed) {
    for member in event {
        let bytes = match member.key.as_ref() {
            "item" | "part" | "text" | "arguments" | "refusal" | "code" | "input" | "transcript" => {
                text_bytes(member.value)
            }
            _ => continue,
        };
        match member.key.as_ref() {
            "item" => observed.text.add_item(bytes),
            "part" => observed.text.add_part(bytes),
            _ => observed.text.add_done(bytes),
        }
    }
}
