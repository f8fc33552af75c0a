//! What Tokenmeter adds to a stream, as the clients of its format read it: pings, and the error that ends a stream which
//! broke off.

use bytes::Bytes;
use domain::calls::{Endpoint, Wire};
use serde_json::json;
use upstream::UpstreamFailureKind;
use upstream::sse::{Observed, Rest, StreamTap};
use upstream::wire::{GeminiErrorBody, closing_bedrock_message};

use crate::call::AdmittedCall;

/// Clients skip blank lines, but read comments as broken JSON. Between the elements of an array, white space is nothing.
const GEMINI_PING: Bytes = Bytes::from_static(b"\r\n\r\n");

/// What is sent while the provider is silent; `None` where the format has nothing that clients skip.
pub(super) fn ping(call: &AdmittedCall) -> Option<Bytes> {
    match call.endpoint().wire() {
        Wire::OpenAi | Wire::Anthropic => Some(Bytes::from_static(b": ping\n\n")),
        Wire::Gemini => Some(GEMINI_PING),
        Wire::Bedrock => None,
    }
}

/// What is sent after the stream's last complete event.
pub(super) fn closing(
    call: &AdmittedCall,
    rest: Rest,
    tap: &StreamTap,
    broken: Option<&UpstreamFailureKind>,
) -> impl Iterator<Item = Bytes> + use<> {
    let cut = cut_event(call, tap, broken);
    // An event of ours after an incomplete one would be read as its continuation.
    let rest = if cut.is_some() { rest.closed() } else { rest.into_bytes() };
    Some(rest).filter(|rest| !rest.is_empty()).into_iter().chain(cut)
}

pub(super) fn cut_code(kind: &UpstreamFailureKind) -> &'static str {
    match kind {
        UpstreamFailureKind::Timeout => "upstream_timeout",
        _ => "stream_truncated",
    }
}

/// Whether the stream ended before its answer did. Usage alone is no end, as some providers count while they stream.
pub(super) fn is_cut(choices: u32, seen: &Observed) -> bool {
    seen.truncated && !seen.is_finished(choices)
}

/// Reports to the caller that the provider's stream broke off. A stream whose answer is complete, or that reported its
/// own failure, needs no such event.
fn cut_event(call: &AdmittedCall, tap: &StreamTap, broken: Option<&UpstreamFailureKind>) -> Option<Bytes> {
    let seen = tap.observed();
    if !(broken.is_some() || is_cut(call.choices(), seen)) || seen.is_done() || seen.error.is_some() {
        return None;
    }
    let (code, message) = match broken {
        Some(UpstreamFailureKind::Timeout) => {
            ("upstream_timeout", "The provider's stream did not end in time.")
        }
        _ => ("stream_truncated", "The provider's stream broke off."),
    };
    Some(match call.endpoint().wire() {
        Wire::Gemini => gemini_error(code, message, tap.array()).into(),
        Wire::Bedrock => closing_bedrock_message("modelStreamErrorException", message),
        Wire::OpenAi | Wire::Anthropic => error_event(call.endpoint(), code, message).into(),
    })
}

/// An error as an event in the format of the endpoint.
fn error_event(endpoint: Endpoint, code: &str, message: &str) -> String {
    if endpoint.wire() == Wire::Anthropic {
        let error =
            json!({"type": "error", "error": {"type": "api_error", "message": message, "code": code}});
        return format!("event: error\ndata: {error}\n\n");
    }
    let error = json!({"message": message, "type": "server_error", "param": null, "code": code});
    if !endpoint.is_responses() {
        return format!("data: {}\n\n", json!({ "error": error }));
    }
    // The documented event is flat; the official SDKs raise on the `error` object.
    let flat = json!({
        "type": "error", "code": code, "message": message, "param": null, "sequence_number": 0, "error": error
    });
    format!("event: error\ndata: {flat}\n\n")
}

/// An error as an event, or as the last element of an array, which may have others before.
fn gemini_error(code: &str, message: &str, array: Option<bool>) -> String {
    let (status, name) = match code {
        "upstream_timeout" => (504, "DEADLINE_EXCEEDED"),
        _ => (502, "UNAVAILABLE"),
    };
    let body = GeminiErrorBody::new(status, name, message, Vec::new());
    let error = serde_json::to_string(&body).unwrap_or_default();
    match array {
        None => format!("data: {error}\r\n\r\n"),
        Some(has_elements) => format!("{}{error}]", if has_elements { "," } else { "[" }),
    }
}
