//! A streamed response: forwarded as it comes, metered on the way, settled before its last event is forwarded.
//!
//! The body never yields an error: the Lambda host would write its text among the events and go on.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use domain::calls::{
    BackgroundCall, CallEnding, CallExchange, CallOutcome, Endpoint, SeenAnswer, Status, Wire,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::json;
use upstream::sse::{Observed, Rest, Segment, StreamTap};
use upstream::{UpstreamFailureKind, UpstreamResponse};

use crate::buffered::parts_of_call;
use crate::call::{AdmittedCall, ObjectKeeper};
use crate::headers::upstream_request_id;

/// A comment is sent after this much silence, because gateways cut streams that are quiet for minutes.
const PING_AFTER: Duration = Duration::from_secs(20);

/// How long a provider may take to close its stream after the terminal event. Some keep the connection open.
const LINGER: Duration = Duration::from_millis(500);

/// The events to forward. If the host drops the body before its end, the call is left to the sweeper.
pub(crate) fn body(
    call: AdmittedCall,
    mut response: UpstreamResponse,
    mut tap: StreamTap,
    (mut keeper, earlier): (ObjectKeeper, Option<BackgroundCall>),
) -> Body {
    let events = async_stream::stream! {
        let mut background = earlier.map(|earlier| Background::Earlier(Box::new(earlier)));
        let mut metered = Metered { first_byte: None, waited: response.waited() };
        let mut is_settled = false;
        let mut ends_at = call.deadline;
        let broken = loop {
            let wait_began = Instant::now();
            let next = loop {
                tokio::select! {
                    biased;
                    chunk = response.chunk(ends_at) => break chunk,
                    () = tokio::time::sleep(PING_AFTER) => yield Ok::<_, Infallible>(Bytes::from_static(b": ping\n\n")),
                }
            };
            metered.waited += wait_began.elapsed();
            let chunk = match next {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break None,
                Err(_) if tap.is_at_end() => break None,
                Err(kind) => break Some(kind),
            };
            metered.first_byte.get_or_insert_with(|| call.elapsed());
            let segments = tap.push(&chunk);
            keeper.keep(&tap.observed().made).await;
            if call.is_background() && background.is_none() {
                background = keep_open(&call, tap.observed(), metered.exchange(&response)).await;
            }
            for segment in segments {
                let bytes = match segment {
                    Segment::Forward(bytes) => bytes,
                    Segment::Last(bytes) => {
                        is_settled = true;
                        let ending = metered.ending(&call, tap.observed(), &response, None);
                        settle(&call, tap.observed(), ending, background.as_ref()).await;
                        bytes
                    }
                };
                let handed_over_at = Instant::now();
                yield Ok(bytes);
                metered.waited += handed_over_at.elapsed();
            }
            if tap.is_at_end() {
                ends_at = ends_at.min(Instant::now() + LINGER);
            }
        };
        let rest = tap.finish();
        if !is_settled {
            let ending = metered.ending(&call, tap.observed(), &response, broken.as_ref());
            settle(&call, tap.observed(), ending, background.as_ref()).await;
        }
        for bytes in closing(&call, rest, tap.observed(), broken.as_ref()) {
            yield Ok(bytes);
        }
    };
    Body::from_stream(events)
}

/// The response around the events. Its head leaves before the call is settled.
pub(crate) fn response(body: Body, mut headers: HeaderMap) -> Response {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

/// What is sent after the stream's last complete event.
fn closing(
    call: &AdmittedCall,
    rest: Rest,
    observed: &Observed,
    broken: Option<&UpstreamFailureKind>,
) -> impl Iterator<Item = Bytes> + use<> {
    let cut = cut_event(call, observed, broken);
    // An event of ours after an incomplete one would be read as its continuation.
    let rest = if cut.is_some() { rest.closed() } else { rest.into_bytes() };
    Some(rest).filter(|rest| !rest.is_empty()).into_iter().chain(cut)
}

struct Metered {
    first_byte: Option<Duration>,
    /// Waiting for the provider, or for a caller who reads slowly.
    waited: Duration,
}

impl Metered {
    fn exchange(&self, response: &UpstreamResponse) -> CallExchange {
        CallExchange {
            http_status: Some(response.status.as_u16()),
            attempts: response.attempts,
            retried: response.retried,
            first_byte: self.first_byte,
            waited: self.waited,
            upstream_request_id: upstream_request_id(&response.headers),
        }
    }

    fn ending(
        &self,
        call: &AdmittedCall,
        seen: &Observed,
        response: &UpstreamResponse,
        broken: Option<&UpstreamFailureKind>,
    ) -> CallEnding {
        // An earlier response that failed is read again successfully.
        let is_failed = seen.is_failed() && !call.endpoint().is_of_stored_response();
        let error_code = match (&seen.error, broken) {
            (Some(error), _) => Some(error.recorded_code()),
            (None, Some(kind)) => Some(cut_code(kind).to_owned()),
            (None, None) if is_cut(call.choices(), seen) => Some("stream_truncated".to_owned()),
            (None, None) => None,
        };
        let answer = SeenAnswer {
            text_bytes: seen.text_bytes(),
            is_final: seen.has_final_usage(),
            has_unseen: seen.has_unread_events(),
        };
        let outcome = CallOutcome {
            status: if is_failed { Status::Failed } else { Status::Settled },
            answer: (!is_failed).then_some(answer),
            is_free: is_failed,
            is_not_billed: seen.is_unbilled,
            error_code,
            usage: seen.usage.clone(),
            parts: parts_of_call(&seen.parts, call.model()),
            used_tools: seen.used_tools.counts(),
            served_model: seen.served_model.clone(),
            service_tier: seen.service_tier.clone(),
        };
        CallEnding { outcome, exchange: self.exchange(response) }
    }
}

/// A call in the background that a stream shows.
enum Background {
    /// The call of this stream.
    Own,
    /// The one that made the response, which this call reads again.
    Earlier(Box<BackgroundCall>),
}

/// Settles what has ended. While the provider works on a response, its call stays open, even if the stream has broken
/// off.
async fn settle(call: &AdmittedCall, seen: &Observed, ending: CallEnding, background: Option<&Background>) {
    match (background, seen.background_outcome()) {
        (Some(Background::Own), None) => return,
        (Some(Background::Earlier(earlier)), Some(outcome)) => call.settle_earlier(earlier, outcome).await,
        _ => {}
    }
    let settled = call.settle(ending).await;
    if settled.is_recorded && matches!(background, Some(Background::Own)) {
        call.close_background().await;
    }
}

/// Keeps the call open if the provider works on its response in the background, whatever becomes of this stream.
async fn keep_open(call: &AdmittedCall, seen: &Observed, exchange: CallExchange) -> Option<Background> {
    let is_accepted = call.endpoint() == Endpoint::Responses && !seen.is_done();
    let id = seen.response_id.as_deref().filter(|_| is_accepted)?;
    call.keep_open(id, exchange).await.then_some(Background::Own)
}

fn cut_code(kind: &UpstreamFailureKind) -> &'static str {
    match kind {
        UpstreamFailureKind::Timeout => "upstream_timeout",
        _ => "stream_truncated",
    }
}

/// Whether the stream ended before its answer did. Usage alone is no end, as some providers count while they stream.
fn is_cut(choices: u32, seen: &Observed) -> bool {
    seen.truncated && !seen.is_finished(choices)
}

/// Reports to the caller that the provider's stream broke off. A stream whose answer is complete, or that reported its
/// own failure, needs no such event.
fn cut_event(call: &AdmittedCall, seen: &Observed, broken: Option<&UpstreamFailureKind>) -> Option<Bytes> {
    if !(broken.is_some() || is_cut(call.choices(), seen)) || seen.is_done() || seen.error.is_some() {
        return None;
    }
    let (code, message) = match broken {
        Some(UpstreamFailureKind::Timeout) => {
            ("upstream_timeout", "The provider's stream did not end in time.")
        }
        _ => ("stream_truncated", "The provider's stream broke off."),
    };
    Some(error_event(call.endpoint(), code, message).into())
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
