//! Puts an answer on the wire, plain or as events, with the faults that damage it on the way.

mod frames;
mod sender;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};

use crate::ask::Ask;
use crate::breaker::Breaker;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::refusal;
use crate::reply;
use crate::response::{Answer, Content};

use frames::{Frame, bytewise, event_frames, plain};
use sender::streamed;

pub(crate) fn respond(
    answer: Answer,
    ask: &Ask,
    endpoint: Endpoint,
    mut call: Call,
    breaker: Breaker,
) -> Response {
    let fault = ask.fault();
    if fault == Some(Fault::HtmlOk) {
        call.answered();
        return refusal::html_page();
    }
    let (content_type, mut frames) = match answer.body {
        Content::Json(json) => ("application/json", vec![plain(json, answer.usage.is_some(), fault)]),
        Content::Events(events) => ("text/event-stream; charset=utf-8", event_frames(events, ask, endpoint)),
    };
    let resets = fault == Some(Fault::ResetMidBody);
    let tiny = fault == Some(Fault::TinyChunks);
    let stamps = ask.stream && ask.wanted.stamped == Some(true);
    match fault {
        Some(Fault::Empty) => frames.clear(),
        Some(Fault::ResetMidBody) if !ask.stream => {
            for frame in &mut frames {
                frame.bytes.truncate(frame.bytes.len() / 2);
            }
        }
        Some(Fault::TinyChunks) => frames = frames.into_iter().flat_map(bytewise).collect(),
        _ => {}
    }
    let body = match <[Frame; 1]>::try_from(frames) {
        // The usual plain answer: known length, one write.
        Ok([frame]) if !resets && !ask.stream => {
            if frame.reports_usage {
                call.usage_sent();
            }
            call.answered();
            Body::from(frame.bytes)
        }
        Ok(frame) => streamed(Vec::from(frame), call, breaker, resets, tiny, stamps),
        Err(frames) if frames.is_empty() && !resets => {
            call.answered();
            Body::empty()
        }
        Err(frames) => streamed(frames, call, breaker, resets, tiny, stamps),
    };
    let mut response = reply::bytes(200, content_type, body);
    if ask.stream {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}
