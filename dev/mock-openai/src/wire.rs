//! Puts an answer on the wire, plain or as events, with the faults that damage it on the way.

use std::convert::Infallible;
use std::future::pending;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::vec;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use serde_json::Value;

use crate::call::Call;
use crate::endpoints::Endpoint;
use crate::errors;
use crate::exchange::{Ask, Breaker};
use crate::fault::Outcome;
use crate::{Fault, Usage};

/// What an endpoint answers, before any damage.
pub(crate) struct Answer {
    /// What it costs; `None` where nothing was done yet.
    pub(crate) usage: Option<Usage>,
    pub(crate) body: Content,
}

pub(crate) enum Content {
    Json(Value),
    Events(Vec<Event>),
}

/// One server-sent event.
pub(crate) struct Event {
    pub(crate) name: Option<&'static str>,
    pub(crate) data: String,
    pub(crate) reports_usage: bool,
    /// Time to let pass before it.
    pub(crate) pause: Duration,
}

impl Event {
    pub(crate) fn new(name: Option<&'static str>, data: String) -> Self {
        Self { name, data, reports_usage: false, pause: Duration::ZERO }
    }
}

struct Frame {
    bytes: Bytes,
    reports_usage: bool,
    pause: Duration,
}

struct Sender {
    frames: vec::IntoIter<Frame>,
    call: Call,
    breaker: Breaker,
    /// The connection is reset behind the last frame, in place of a clean end.
    resets: bool,
    /// Each frame in a write of its own.
    flushes: bool,
    /// Each frame behind a comment that tells when it was sent.
    stamps: bool,
}

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
        return errors::html_page();
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
    let mut response = errors::respond(200, content_type, body);
    if ask.stream {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

fn plain(mut json: Value, has_usage: bool, fault: Option<Fault>) -> Frame {
    if fault == Some(Fault::NoUsage)
        && let Some(object) = json.as_object_mut()
    {
        object.shift_remove("usage");
    }
    let mut bytes = serde_json::to_vec_pretty(&json).unwrap_or_default();
    match fault {
        Some(Fault::Truncated | Fault::TruncatedMidEvent) => bytes.truncate(bytes.len() / 2),
        Some(Fault::BadJson) => {
            bytes.pop();
            bytes.push(b',');
        }
        _ => {}
    }
    let told = fault
        .is_none_or(|fault| matches!(fault.outcome(false), Outcome::Usage | Outcome::RefusedThenUsage(_)));
    Frame { bytes: bytes.into(), reports_usage: has_usage && told, pause: Duration::ZERO }
}

fn event_frames(mut events: Vec<Event>, ask: &Ask, endpoint: Endpoint) -> Vec<Frame> {
    let half = events.len() / 2;
    let fault = ask.fault();
    match fault {
        Some(Fault::Truncated | Fault::ResetMidBody) => events.truncate(half),
        Some(Fault::TruncatedMidEvent) => events.truncate(half + 1),
        Some(Fault::ErrorInStream) => {
            events.truncate(half);
            events.push(endpoint.error_event(half));
        }
        Some(Fault::BadJson) => {
            let data = "{\"id\":\"chatcmpl-broken\",\"choices\":[{\"index\":0,".to_owned();
            events.insert(half, Event::new(None, data));
        }
        Some(Fault::NoDone) => events.retain(|event| event.data != "[DONE]"),
        _ => {}
    }
    let delay = ask.wanted.chunk_delay();
    let last = events.len().saturating_sub(1);
    let framed = events.into_iter().enumerate().map(|(index, event)| {
        let mut text = framed(&event, fault);
        if fault == Some(Fault::TruncatedMidEvent) && index == last {
            let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(middle.unwrap_or(0));
        }
        let pause = if index == 0 { event.pause } else { event.pause.max(delay) };
        Frame { bytes: text.into(), reports_usage: event.reports_usage, pause }
    });
    framed.collect()
}

fn framed(event: &Event, fault: Option<Fault>) -> String {
    let mut text = String::with_capacity(event.data.len() + 48);
    if fault == Some(Fault::Comments) {
        text.push_str(": PROCESSING\n\n: keep-alive\nid: 1\nretry: 3000\n");
    }
    if let Some(name) = event.name {
        text.push_str("event: ");
        text.push_str(name);
        text.push('\n');
    }
    text.push_str("data: ");
    text.push_str(&event.data);
    text.push_str("\n\n");
    // The JSON holds no raw line break, so this touches the framing alone.
    if fault == Some(Fault::Crlf) { text.replace('\n', "\r\n") } else { text }
}

/// The frame's usage is told with its last byte.
fn bytewise(frame: Frame) -> impl Iterator<Item = Frame> {
    let length = frame.bytes.len();
    (0..length).map(move |at| Frame {
        bytes: frame.bytes.slice(at..=at),
        reports_usage: frame.reports_usage && at + 1 == length,
        pause: if at == 0 { frame.pause } else { Duration::ZERO },
    })
}

fn streamed(
    frames: Vec<Frame>,
    call: Call,
    breaker: Breaker,
    resets: bool,
    flushes: bool,
    stamps: bool,
) -> Body {
    let sender = Sender { frames: frames.into_iter(), call, breaker, resets, flushes, stamps };
    Body::from_stream(stream::unfold(sender, send_next))
}

async fn send_next(mut sender: Sender) -> Option<(Result<Bytes, Infallible>, Sender)> {
    if sender.flushes {
        tokio::task::yield_now().await;
    }
    let Some(frame) = sender.frames.next() else {
        if sender.resets {
            // Lets what was written leave the socket before the reset overtakes it.
            tokio::time::sleep(Duration::from_millis(5)).await;
            sender.call.aborted();
            sender.breaker.0.notify_one();
            pending::<()>().await;
        }
        return None;
    };
    if !frame.pause.is_zero() {
        tokio::time::sleep(frame.pause).await;
    }
    if frame.reports_usage {
        sender.call.usage_sent();
    }
    // Counted with the last frame, not behind it: a reader may stop at `[DONE]` and look at the counters.
    if sender.frames.len() == 0 && !sender.resets {
        sender.call.answered();
    }
    let bytes = if sender.stamps { stamped(&frame.bytes) } else { frame.bytes };
    Some((Ok(bytes), sender))
}

fn stamped(frame: &[u8]) -> Bytes {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut bytes = format!(": sent {}\n\n", now.as_micros()).into_bytes();
    bytes.extend_from_slice(frame);
    bytes.into()
}
