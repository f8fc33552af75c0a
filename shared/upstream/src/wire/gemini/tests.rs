mod errors;
mod requests;
mod streams;
mod usage;

use bytes::Bytes;
use domain::calls::{Endpoint, RequestContent};
use domain::usage::UsageReport;

use crate::sse::{Observed, Segment, StreamTap};
use crate::wire::{RequestBody, RequestError, ResponseFields};

const MODEL: &str = "gemini-3.5-flash";

fn parse(body: &str) -> Result<RequestBody, RequestError> {
    parse_at(Endpoint::GenerateContent, body)
}

fn parse_at(endpoint: Endpoint, body: &str) -> Result<RequestBody, RequestError> {
    RequestBody::parse_of_model(endpoint, MODEL.to_owned(), false, Bytes::copy_from_slice(body.as_bytes()))
}

fn content(body: &str) -> RequestContent {
    parse(body).unwrap().content()
}

/// A response with this usage.
fn response(usage: &str) -> ResponseFields {
    let body = format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"Hello"}}],"role":"model"}},"finishReason":"STOP","index":0}}],
        "usageMetadata":{usage},"modelVersion":"gemini-3.5-flash-001","responseId":"r1"}}"#
    );
    ResponseFields::parse(Endpoint::GenerateContent, body.as_bytes()).unwrap()
}

/// Input, cached text, cached audio, other audio, output, thoughts, audio and images of the output.
fn counts(report: &UsageReport) -> [Option<i64>; 8] {
    [
        report.input_tokens,
        report.cached_tokens,
        report.cached_audio_tokens,
        report.audio_input_tokens,
        report.output_tokens,
        report.reasoning_tokens,
        report.audio_output_tokens,
        report.image_output_tokens,
    ]
}

/// The bytes forwarded before the end, the last event, what was left at the end, and what was observed.
fn run(stream: &str, chunk_bytes: usize) -> (String, Option<String>, String, Observed) {
    let mut tap = StreamTap::new(Endpoint::GenerateContent, false, 1);
    let (mut sent, mut last) = (Vec::new(), None);
    for chunk in stream.as_bytes().chunks(chunk_bytes) {
        for segment in tap.push(chunk) {
            match segment {
                Segment::Forward(bytes) => sent.extend_from_slice(&bytes),
                Segment::Last(bytes) => {
                    assert_eq!(last, None, "two terminal events");
                    last = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
    }
    let rest = tap.finish().into_bytes();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&sent), last, text(&rest), tap.observed().clone())
}

/// Server-sent events.
fn events(chunks: &[&str]) -> String {
    let event = |chunk: &&str| format!("data: {chunk}\r\n\r\n");
    chunks.iter().map(event).collect()
}

/// One array, written as Google does.
fn array(chunks: &[&str]) -> String {
    format!("[{}\n]\n", chunks.join(",\r\n"))
}
