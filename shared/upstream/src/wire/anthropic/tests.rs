mod requests;
mod streams;
mod usage;

use bytes::Bytes;
use domain::calls::{Endpoint, RequestContent};
use domain::usage::UsageReport;

use crate::sse::{Observed, Segment, StreamTap};
use crate::wire::{RequestBody, RequestError, ResponseFields};

fn parse(members: &str) -> Result<RequestBody, RequestError> {
    let body = format!(r#"{{"model":"claude-opus-5",{members}}}"#);
    RequestBody::parse(Endpoint::Messages, Bytes::from(body))
}

fn content(members: &str) -> RequestContent {
    parse(members).unwrap().content()
}

/// A message with this usage.
fn message(usage: &str) -> ResponseFields {
    let body = format!(
        r#"{{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-20260724",
        "content":[{{"type":"text","text":"Hello"}}],"stop_reason":"end_turn","usage":{usage}}}"#
    );
    ResponseFields::parse(Endpoint::Messages, body.as_bytes()).unwrap()
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

/// The forwarded bytes, the terminal event, and what was observed.
fn run(stream: &str, chunk_bytes: usize) -> (String, Option<String>, Observed) {
    let mut tap = StreamTap::new(Endpoint::Messages, false, 1);
    let (mut sent, mut last) = (Vec::new(), None);
    for chunk in stream.as_bytes().chunks(chunk_bytes) {
        for segment in tap.push(chunk) {
            match segment {
                Segment::Forward(bytes) => sent.extend_from_slice(&bytes),
                Segment::Last(bytes) => {
                    assert_eq!(last, None, "two terminal events");
                    sent.extend_from_slice(&bytes);
                    last = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
    }
    sent.extend_from_slice(&tap.finish().into_bytes());
    (String::from_utf8_lossy(&sent).into_owned(), last, tap.observed().clone())
}

/// Server-sent events, each named by its type.
fn events(data: &[&str]) -> String {
    let event = |data: &&str| {
        let kind = data.split('"').nth(3).unwrap_or_default();
        format!("event: {kind}\ndata: {data}\n\n")
    };
    data.iter().map(event).collect()
}
