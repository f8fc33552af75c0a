//! The frames of a response body, with the faults that damage them.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::bedrock;
use crate::endpoint::{Endpoint, Wire};
use crate::fault::{Fault, FaultOutcome};
use crate::request::ModelRequest;
use crate::response::SseEvent;

use super::{deform, misreport};

/// Members with the usage of an answer.
const USAGE: [&str; 2] = ["usage", "usageMetadata"];

pub(super) struct Frame {
    pub(super) bytes: Bytes,
    pub(super) reports_usage: bool,
    pub(super) pause: Duration,
}

pub(super) fn plain(mut json: Value, has_usage: bool, fault: Option<Fault>, wire: Wire) -> Frame {
    let has_usage = has_usage && USAGE.iter().any(|name| json[*name].is_object());
    if fault == Some(Fault::NoUsage)
        && let Some(object) = json.as_object_mut()
    {
        object.retain(|name, _| !USAGE.contains(&name.as_str()));
    }
    if let Some(fault) = fault {
        misreport::plain(&mut json, fault);
    }
    let mut bytes = serde_json::to_vec_pretty(&json).unwrap_or_default();
    match fault {
        Some(Fault::Infinity) => bytes = deform::with_infinity(&String::from_utf8_lossy(&bytes)).into(),
        Some(Fault::Truncated | Fault::TruncatedMidEvent) => bytes.truncate(bytes.len() / 2),
        Some(Fault::BadJson) => {
            bytes.pop();
            bytes.push(b',');
        }
        _ => {}
    }
    let is_reported = fault.is_none_or(|fault| {
        matches!(fault.outcome(false), FaultOutcome::Usage | FaultOutcome::RefusedThenUsage(_))
            || is_total_of_gemini(fault, wire)
    });
    Frame { bytes: bytes.into(), reports_usage: has_usage && is_reported, pause: Duration::ZERO }
}

pub(super) fn event_frames(
    mut events: Vec<SseEvent>,
    request: &ModelRequest,
    endpoint: Endpoint,
) -> Vec<Frame> {
    let half = events.len() / 2;
    let fault = request.fault();
    match fault {
        Some(Fault::Truncated | Fault::ResetMidBody) => events.truncate(half),
        Some(Fault::TruncatedMidEvent) => events.truncate(half + 1),
        Some(Fault::ErrorInStream) => {
            events.truncate(half);
            events.push(SseEvent::error(endpoint, half));
        }
        Some(Fault::BadJson) => {
            let data = "{\"id\":\"chatcmpl-broken\",\"choices\":[{\"index\":0,".to_owned();
            events.insert(half, SseEvent::new(None, data));
        }
        Some(Fault::NoDone) => events.retain(|event| event.data != "[DONE]"),
        Some(fault) => {
            misreport::events(&mut events, fault);
            deform::events(&mut events, fault);
        }
        None => {}
    }
    let is_wrong = fault.is_some_and(|fault| {
        fault.outcome(true) == FaultOutcome::WrongUsage && !is_total_of_gemini(fault, endpoint.wire())
    });
    let delay = request.behaviour.chunk_delay();
    let last = events.len().saturating_sub(1);
    let framed = events.into_iter().enumerate().map(|(index, event)| {
        let is_cut = fault == Some(Fault::TruncatedMidEvent) && index == last;
        let bytes = match endpoint.wire() {
            Wire::Bedrock => {
                let mut message = bedrock::encoded(&event, fault);
                message.truncate(if is_cut { message.len() / 2 } else { message.len() });
                Bytes::from(message)
            }
            _ => text_of(&event, fault, is_cut).into(),
        };
        let pause = if index == 0 { event.pause } else { event.pause.max(delay) };
        Frame { bytes, reports_usage: event.reports_usage && !is_wrong, pause }
    });
    framed.collect()
}

fn text_of(event: &SseEvent, fault: Option<Fault>, is_cut: bool) -> String {
    let mut text = framed(event, fault);
    if is_cut {
        let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(middle.unwrap_or(0));
    }
    text
}

/// The total of Gemini's usage is what it counts.
fn is_total_of_gemini(fault: Fault, wire: Wire) -> bool {
    fault == Fault::HiddenTotal && wire == Wire::Gemini
}

fn framed(event: &SseEvent, fault: Option<Fault>) -> String {
    let mut text = String::with_capacity(event.data.len() + 48);
    if fault == Some(Fault::Comments) {
        text.push_str(": PROCESSING\n\n: keep-alive\nid: 1\nretry: 3000\n");
    }
    event.write(&mut text);
    // JSON contains no raw line breaks, so this changes only the framing.
    match fault {
        Some(Fault::Crlf) => text.replace('\n', "\r\n"),
        Some(Fault::SingleNewlines) => text.replace("\n\n", "\n"),
        Some(Fault::Infinity) => deform::with_infinity(&text),
        _ => text,
    }
}

/// Usage counts as sent with the last byte.
pub(super) fn bytewise(frame: Frame) -> impl Iterator<Item = Frame> {
    let length = frame.bytes.len();
    (0..length).map(move |at| Frame {
        bytes: frame.bytes.slice(at..=at),
        reports_usage: frame.reports_usage && at + 1 == length,
        pause: if at == 0 { frame.pause } else { Duration::ZERO },
    })
}
