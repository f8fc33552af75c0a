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
use crate::endpoint::{Endpoint, Wire};
use crate::fault::Fault;
use crate::request::ModelRequest;
use crate::reset::ResetHandle;
use crate::response::{EndpointResponse, ResponseBody};
use crate::{anthropic, bedrock, errors, gemini, refusal, reply};

use frames::{Frame, bytewise, event_frames, plain};
use sender::{BodyEnding, Delivery, streamed};

const EVENTS: &str = "text/event-stream; charset=utf-8";
const MESSAGES: &str = "application/vnd.amazon.eventstream";
const JSON: &str = "application/json";

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
    let has_usage_headers = endpoint == Endpoint::Invoke && fault != Some(Fault::NoUsage);
    let usage_headers =
        response.usage.filter(|_| has_usage_headers).map(|usage| bedrock::usage_headers(&usage));
    let (content_type, mut frames) = match response.body {
        ResponseBody::Messages(_) if fault == Some(Fault::ErrorAsStream) => {
            (MESSAGES, vec![plain(failure(endpoint), false, fault, endpoint.wire())])
        }
        ResponseBody::Events(_) if fault == Some(Fault::ErrorAsStream) => {
            (EVENTS, vec![plain(failure(endpoint), false, fault, endpoint.wire())])
        }
        _ if fault == Some(Fault::ErrorAsStream) => {
            (JSON, vec![plain(failure(endpoint), false, fault, endpoint.wire())])
        }
        ResponseBody::Json(json) => {
            (JSON, vec![plain(json, response.usage.is_some(), fault, endpoint.wire())])
        }
        ResponseBody::Events(events) => (EVENTS, event_frames(events, request, endpoint)),
        ResponseBody::Pieces(pieces) => (JSON, event_frames(pieces, request, endpoint)),
        ResponseBody::Messages(messages) => (MESSAGES, event_frames(messages, request, endpoint)),
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
            if frame.reports_usage || usage_headers.is_some() {
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
    if let (Wire::Gemini, Ok(tier)) = (endpoint.wire(), HeaderValue::from_str(&request.service_tier)) {
        http_response.headers_mut().insert("x-gemini-service-tier", tier);
    }
    for (name, count) in usage_headers.into_iter().flatten() {
        http_response.headers_mut().insert(name, HeaderValue::from(count));
    }
    if request.stream {
        http_response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    http_response
}

fn failure(endpoint: Endpoint) -> Value {
    let message = "The model failed to answer.";
    match endpoint.wire() {
        Wire::OpenAi => errors::object(message, "server_error", None, Some("server_is_overloaded")),
        Wire::Anthropic => anthropic::error_body("api_error", message),
        Wire::Gemini => gemini::error_body(500, message, &[]),
        Wire::Bedrock => bedrock::error_body(message),
    }
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
