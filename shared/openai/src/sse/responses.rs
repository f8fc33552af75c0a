//! Events of the Responses API. The final event carries the whole response, usage included.

use domain::calls::Endpoint;

use super::data::Data;
use super::observed::{EventVerdict, Observed, StreamEnding};
use super::text::text_bytes;
use crate::wire::{ResponseFields, UpstreamError, as_present, as_str, members, parse_error};

pub(super) fn read(data: &Data<'_>, observed: &mut Observed) -> EventVerdict {
    let Some((text, event)) =
        std::str::from_utf8(&data.text).ok().and_then(|text| Some((text, members(text).ok()?)))
    else {
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    let field = |name: &str| {
        event.iter().rev().find(|member| member.key == name).and_then(|member| as_present(member.value))
    };
    let named = data.event_name.and_then(|name| std::str::from_utf8(name).ok());
    let Some(kind) = field("type").and_then(as_str).or_else(|| named.map(Into::into)) else {
        return EventVerdict::Forward;
    };
    if kind.ends_with(".delta") {
        read_delta(&kind, field("delta"), observed);
        return EventVerdict::Forward;
    }
    if let Some(response) =
        field("response").and_then(|response| ResponseFields::parse_str(Endpoint::Responses, response))
    {
        keep(response, observed);
    }
    if let Some(error) = field("error") {
        observed.error = Some(parse_error(error));
    } else if kind == "error" {
        // The documented shape is flat: `code` and `message` beside `type`.
        let error = parse_error(text);
        observed.error = Some(UpstreamError { kind: None, ..error });
    }
    let ending = match kind.as_ref() {
        "response.completed" => StreamEnding::Completed,
        "response.incomplete" => StreamEnding::Incomplete,
        "response.failed" | "response.cancelled" => StreamEnding::Failed,
        // An `error` event is not the end: `response.failed` may follow with the usage.
        _ => return EventVerdict::Forward,
    };
    observed.ending.get_or_insert(ending);
    observed.finish_reason_seen = true;
    EventVerdict::Last
}

fn keep(response: ResponseFields, observed: &mut Observed) {
    observed.usage = response.usage.or(observed.usage.take());
    observed.served_model = response.served_model.or(observed.served_model.take());
    observed.service_tier = response.service_tier.or(observed.service_tier.take());
    observed.response_id = response.id.or(observed.response_id.take());
    observed.error = response.error.or(observed.error.take());
}

fn read_delta(kind: &str, delta: Option<&str>, observed: &mut Observed) {
    // Audio is base64; its transcript has its own deltas.
    let Some(delta) = delta.filter(|_| kind != "response.audio.delta") else { return };
    observed.content_events += 1;
    observed.output_bytes = observed.output_bytes.saturating_add(text_bytes(delta));
}
