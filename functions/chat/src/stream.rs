//! A streamed answer: forwarded as it comes, metered on the way, settled before its last event is sent.
//!
//! The body never yields an error: the Lambda host would write its text among the events and go on.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use domain::calls::Status;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use openai::sse::{Dialect, Observed, Segment, StreamTap};
use openai::{Answer, FailureKind};
use serde_json::json;

use crate::call::{Call, Ending, upstream_request_id};

/// A comment is sent after this much silence: gateways cut streams that are quiet for minutes.
const PING_AFTER: Duration = Duration::from_secs(20);

/// The events to send on. Dropped before its end (a host that closed), the call is left to the sweeper.
pub(crate) fn body(call: Call, mut answer: Answer, dialect: Dialect) -> Body {
    let events = async_stream::stream! {
        let mut tap = StreamTap::new(dialect);
        let mut metered = Metered { first_byte: None, waited: answer.waited() };
        let mut is_settled = false;
        let broken = loop {
            let asked_at = Instant::now();
            let next = loop {
                let pause = tokio::time::sleep(PING_AFTER);
                tokio::select! {
                    biased;
                    chunk = answer.chunk(call.deadline) => break chunk,
                    () = pause => yield Ok::<_, Infallible>(Bytes::from_static(b": ping\n\n")),
                }
            };
            metered.waited += asked_at.elapsed();
            let chunk = match next {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break None,
                Err(kind) => break Some(kind),
            };
            metered.first_byte.get_or_insert_with(|| call.elapsed());
            for segment in tap.push(&chunk) {
                match segment {
                    Segment::Forward(bytes) => {
                        let handed_over_at = Instant::now();
                        yield Ok(bytes);
                        metered.waited += handed_over_at.elapsed();
                    }
                    Segment::Last(bytes) => {
                        is_settled = true;
                        call.settle(metered.ending(&call, tap.observed(), &answer, None)).await;
                        yield Ok(bytes);
                    }
                }
            }
        };
        let rest = tap.finish();
        if !is_settled {
            call.settle(metered.ending(&call, tap.observed(), &answer, broken.as_ref())).await;
        }
        let cut = cut_event(dialect, tap.observed(), broken.as_ref());
        // An event of ours behind half an event would be read as the other half.
        let rest = if cut.is_some() { rest.closed() } else { rest.into_bytes() };
        if !rest.is_empty() {
            yield Ok(rest);
        }
        if let Some(event) = cut {
            yield Ok(event);
        }
    };
    Body::from_stream(events)
}

/// The response around the events; its head leaves before the call is settled.
pub(crate) fn response(body: Body, mut headers: HeaderMap, overhead: Duration) -> Response {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    if let Ok(value) = HeaderValue::try_from(millis(overhead)) {
        headers.insert(HeaderName::from_static("x-tokenmeter-overhead-ms"), value);
    }
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64() * 1000.0)
}

struct Metered {
    first_byte: Option<Duration>,
    /// For the provider, and for a caller who reads slowly.
    waited: Duration,
}

impl Metered {
    fn ending(&self, call: &Call, seen: &Observed, answer: &Answer, broken: Option<&FailureKind>) -> Ending {
        let error = seen.error.as_ref();
        // An error event instead of an answer is a failed call; one after some output still cost that output.
        let is_failed = error.is_some() && seen.content_events == 0 && seen.usage.is_none();
        let error_code = match (error, broken) {
            (Some(error), _) => {
                error.code.clone().or_else(|| error.kind.clone()).or(Some("upstream_error".to_owned()))
            }
            (None, Some(kind)) => Some(cut_code(kind).to_owned()),
            (None, None) if seen.truncated && seen.usage.is_none() => Some("stream_truncated".to_owned()),
            (None, None) => None,
        };
        Ending {
            status: if is_failed { Status::Failed } else { Status::Settled },
            estimate: (!is_failed && seen.usage.is_none()).then(|| call.estimate(seen.output_bytes)),
            is_free: is_failed,
            http_status: Some(answer.status.as_u16()),
            error_code,
            attempts: answer.attempts,
            retried: answer.retried,
            usage: seen.usage.clone(),
            served_model: seen.served_model.clone(),
            service_tier: seen.service_tier.clone(),
            first_byte: self.first_byte,
            waited: self.waited,
            upstream_request_id: upstream_request_id(&answer.headers),
        }
    }
}

fn cut_code(kind: &FailureKind) -> &'static str {
    match kind {
        FailureKind::Timeout => "upstream_timeout",
        _ => "stream_truncated",
    }
}

/// Tells the caller that the provider's stream broke off. One that ended properly, or with usage, or that told of
/// its failure itself, needs no such event.
fn cut_event(dialect: Dialect, seen: &Observed, broken: Option<&FailureKind>) -> Option<Bytes> {
    let is_cut = broken.is_some() || (seen.truncated && seen.usage.is_none());
    if !is_cut || seen.is_done() || seen.error.is_some() {
        return None;
    }
    let (code, message) = match broken {
        Some(FailureKind::Timeout) => ("upstream_timeout", "The provider's stream did not end in time."),
        _ => ("stream_truncated", "The provider's stream broke off."),
    };
    let error = json!({"message": message, "type": "server_error", "param": null, "code": code});
    let event = match dialect {
        Dialect::ChatCompletions { .. } => format!("data: {}\n\n", json!({ "error": error })),
        // The documented event is flat; the official SDKs raise on the `error` object.
        Dialect::Responses => {
            let flat = json!({
                "type": "error", "code": code, "message": message, "param": null, "sequence_number": 0, "error": error
            });
            format!("event: error\ndata: {flat}\n\n")
        }
    };
    Some(event.into())
}
