mod requests;
mod streams;
mod usage;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::calls::{Endpoint, RequestContent};
use domain::usage::UsageReport;

use crate::sse::{Observed, Segment, StreamTap};
use crate::wire::{RequestBody, RequestError};

const NOVA: &str = "amazon.nova-pro-v1:0";
const CLAUDE: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn parse(endpoint: Endpoint, model: &str, body: &str) -> Result<RequestBody, RequestError> {
    RequestBody::parse_of_model(endpoint, model.to_owned(), false, Bytes::from(body.to_owned()))
}

fn converse(members: &str) -> RequestContent {
    parse(Endpoint::Converse, NOVA, &format!("{{{members}}}")).unwrap().content()
}

/// Input, read from the cache, written for five minutes, written for an hour, output.
fn counts(report: &UsageReport) -> [Option<i64>; 5] {
    [
        report.input_tokens,
        report.cached_tokens,
        report.cache_write_tokens,
        report.cache_write_long_tokens,
        report.output_tokens,
    ]
}

fn message(kind: &str, name: &str, payload: &str) -> Vec<u8> {
    let text = |value: &str| HeaderValue::String(value.to_owned().into());
    let message = Message::new(payload.to_owned())
        .add_header(Header::new(format!(":{kind}-type"), text(name)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text(kind)));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(name: &str, payload: &str) -> Vec<u8> {
    message("event", name, payload)
}

/// A chunk of an Invoke.
fn chunk(json: &str) -> Vec<u8> {
    event("chunk", &format!(r#"{{"bytes":"{}","p":"abcd"}}"#, STANDARD.encode(json)))
}

/// The forwarded bytes, the last message, and what was observed.
fn run(endpoint: Endpoint, chunks: &[&[u8]]) -> (Vec<u8>, Option<Vec<u8>>, Observed) {
    let mut tap = StreamTap::new(endpoint, false, 1);
    let (mut sent, mut last) = (Vec::new(), None);
    for chunk in chunks {
        for segment in tap.push(chunk) {
            match segment {
                Segment::Forward(bytes) => sent.extend_from_slice(&bytes),
                Segment::Last(bytes) => {
                    assert_eq!(last, None, "two last messages");
                    sent.extend_from_slice(&bytes);
                    last = Some(bytes.to_vec());
                }
            }
        }
    }
    sent.extend_from_slice(&tap.finish().into_bytes());
    (sent, last, tap.observed().clone())
}
