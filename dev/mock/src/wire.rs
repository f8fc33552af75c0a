//! Sends a response, plain or as events, with the faults that damage it on the way.

mod deform;
mod frames;
mod misreport;
mod sender;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::Value;

use crate::call::TrackedCall;
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::request::ModelRequest;
use crate::reset::ResetHandle;
use crate::response::{EndpointResponse, ResponseBody};
use crate::{errors, refusal, reply};

use frames::{Frame, bytewise, event_frames, plain};
use sender::{BodyEnding, Delivery, streamed};

pub(crate) fn respond(
    response: EndpointResponse,
    request: &ModelRequest,
    endpoint: Endpoint,
    mut call: TrackedCall,
    reset: ResetHandle,
) -> Response {
    let fault = request.fault();
    if fault == Some(Fault::HtmlOk) {
        call.finish();
        return refusal::html_page();
    }
    let (content_type, mut frames) = match response.body {
        ResponseBody::Events(_) if fault == Some(Fault::ErrorAsStream) => {
            ("text/event-stream; charset=utf-8", vec![plain(failure(), false, fault)])
        }
        ResponseBody::Json(_) if fault == Some(Fault::ErrorAsStream) => {
            ("application/json", vec![plain(failure(), false, fault)])
        }
        ResponseBody::Json(json) => ("application/json", vec![plain(json, response.usage.is_some(), fault)]),
        ResponseBody::Events(events) => {
            ("text/event-stream; charset=utf-8", event_frames(events, request, endpoint))
        }
    };
    damage(&mut frames, fault, request.stream);
    let delivery = Delivery {
        ending: match fault {
            Some(Fault::ResetMidBody) => BodyEnding::Reset,
            Some(Fault::HeldOpen) if request.stream => BodyEnding::Open,
            _ => BodyEnding::Proper,
        },
        flushes: fault == Some(Fault::TinyChunks),
        stamps: request.stream && request.behaviour.stamped == Some(true),
    };
    let resets = delivery.ending == BodyEnding::Reset;
    let body = match <[Frame; 1]>::try_from(frames) {
        // The usual plain response: known length, one write.
        Ok([frame]) if !resets && !request.stream => {
            if frame.reports_usage {
                call.mark_usage_sent();
            }
            call.finish();
            Body::from(frame.bytes)
        }
        Ok(frame) => streamed(Vec::from(frame), call, reset, delivery),
        Err(frames) if frames.is_empty() && !resets => {
            call.finish();
            Body::empty()
        }
        Err(frames) => streamed(frames, call, reset, delivery),
    };
    let mut http_response = reply::bytes(200, content_type, body);
    if request.stream {
        http_response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    http_response
}

fn failure() -> Value {
    errors::object("The model failed to answer.", "server_error", None, Some("server_is_overloaded"))
}

fn damage(frames: &mut Vec<Frame>, fault: Option<Fault>, is_stream: bool) {
    match fault {
        Some(Fault::Empty) => frames.clear(),
        Some(Fault::ResetMidBody) if !is_stream => {
            for frame in frames {
                frame.bytes.truncate(frame.bytes.len() / 2);
            }
        }
        Some(Fault::TinyChunks) => *frames = frames.drain(..).flat_map(bytewise).collect(),
        _ => {}
    }
}
