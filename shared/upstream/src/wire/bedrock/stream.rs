//! Messages of an event stream: of Converse by their type, of Invoke as chunks of the vendor's own stream.

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::calls::Endpoint;

use super::counts::Counts;
use super::error::message_of;
use super::response::{served_tier, tier_of_claude};
use super::{field, read_object_members};
use crate::json::{as_str, as_text, readable, text_bytes};
use crate::sse::{Data, EventVerdict, Observed, StreamEnding};
use crate::wire::anthropic;
use crate::wire::upstream_error::UpstreamError;

/// The counts of a whole Invoke, in the last chunk of its stream.
const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// Reads one whole message.
pub(crate) fn read(endpoint: Endpoint, message: &[u8], observed: &mut Observed) -> EventVerdict {
    let Ok(message) = read_message_from(message) else {
        // A checksum that is wrong, or headers that are none.
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    let header = |name: &str| {
        let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
        header.value().as_string().ok().map(|text| text.as_str().to_owned())
    };
    let payload = readable(message.payload());
    match header(":message-type").as_deref() {
        Some("exception") => {
            let code = header(":exception-type");
            observed.error =
                Some(UpstreamError { code, message: message_of(&payload), ..UpstreamError::default() });
            EventVerdict::Forward
        }
        Some("error") => {
            let (code, message) = (header(":error-code"), header(":error-message"));
            observed.error = Some(UpstreamError { code, message, ..UpstreamError::default() });
            EventVerdict::Forward
        }
        _ if endpoint == Endpoint::InvokeModel => read_chunk(&payload, observed),
        _ => read_event(header(":event-type").as_deref().unwrap_or_default(), &payload, observed),
    }
}

/// An event of a Converse. Counts come with the last one, after the message has stopped.
fn read_event(kind: &str, payload: &str, observed: &mut Observed) -> EventVerdict {
    let Some(members) = read_object_members(payload, observed) else { return EventVerdict::Forward };
    match kind {
        "contentBlockStart" => generated(field(&members, "start").map(text_bytes), observed),
        "contentBlockDelta" => generated(field(&members, "delta").map(text_bytes), observed),
        "messageStop" => observed.finish_choice(0),
        "metadata" => {
            let tier = served_tier(field(&members, "serviceTier"), field(&members, "performanceConfig"));
            observed.service_tier = tier.or(observed.service_tier.take());
            if let Some(usage) = field(&members, "usage")
                && let Some(counts) = Counts::read(usage)
            {
                report(&counts, usage, observed);
            }
            observed.end(StreamEnding::Completed);
            return EventVerdict::Last;
        }
        _ => {}
    }
    EventVerdict::Forward
}

/// A chunk of an Invoke: what the model's vendor sends as an event of its own, in base64.
fn read_chunk(payload: &str, observed: &mut Observed) -> EventVerdict {
    let Some(members) = read_object_members(payload, observed) else { return EventVerdict::Forward };
    let Some(encoded) = field(&members, "bytes").and_then(as_str) else { return EventVerdict::Forward };
    let Ok(decoded) = STANDARD.decode(encoded.as_bytes()) else {
        observed.malformed_events += 1;
        return EventVerdict::Forward;
    };
    let chunk = readable(&decoded);
    let Some(members) = read_object_members(&chunk, observed) else { return EventVerdict::Forward };
    let metrics = field(&members, METRICS);
    if is_event_of_claude(field(&members, "type")) {
        // Anthropic's own counts say more, for how long it wrote to the cache among it.
        if let Some(metrics) = metrics.filter(|_| !observed.has_final_usage()) {
            read_metrics(metrics, observed);
        }
        let Some(data) = Data::of_json(&decoded) else { return EventVerdict::Forward };
        let verdict = anthropic::read_event(&data, observed);
        observed.service_tier = tier_of_claude(observed.service_tier.take());
        return verdict;
    }
    // Nothing but the end of the stream says that an answer of others is complete, where its counts are missing.
    observed.finish_choice(0);
    let texts = members.iter().filter(|member| member.key != METRICS);
    generated(Some(texts.map(|member| text_bytes(member.value)).sum()), observed);
    let Some(metrics) = metrics else { return EventVerdict::Forward };
    read_metrics(metrics, observed);
    observed.end(StreamEnding::Completed);
    EventVerdict::Last
}

fn is_event_of_claude(kind: Option<&str>) -> bool {
    let kind = kind.and_then(as_text).unwrap_or_default();
    kind.starts_with("message_")
        || kind.starts_with("content_block_")
        || matches!(kind.as_str(), "ping" | "error")
}

fn read_metrics(metrics: &str, observed: &mut Observed) {
    if let Some(counts) = Counts::read(metrics) {
        report(&counts, metrics, observed);
    }
}

fn report(counts: &Counts, raw: &str, observed: &mut Observed) {
    observed.usage = Some(counts.reported(raw));
    if counts.has_output() {
        observed.counted(1);
    }
}

fn generated(bytes: Option<u64>, observed: &mut Observed) {
    let bytes = bytes.unwrap_or_default();
    observed.generated(bytes);
    if bytes > 0 {
        observed.content_events += 1;
        observed.text.add_delta(bytes);
    }
}

/// A message of ours that says why a stream ends, for clients that raise what it names.
pub fn closing_message(exception: &str, message: &str) -> Bytes {
    let text = |value: &str| HeaderValue::String(value.to_owned().into());
    let payload = serde_json::json!({ "message": message }).to_string();
    let message = Message::new(payload)
        .add_header(Header::new(":exception-type", text(exception)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text("exception")));
    let mut bytes = Vec::new();
    // Three short headers cannot be too long.
    let _ = write_message_to(&message, &mut bytes);
    bytes.into()
}
