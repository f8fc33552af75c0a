//! A streamed response: forwarded as it comes, metered on the way, settled before its last event is forwarded.
//!
//! The body never yields an error: the Lambda host would write its text among the events and go on.

mod closing;

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use domain::calls::{
    BackgroundCall, CallEnding, CallExchange, CallOutcome, Endpoint, SeenAnswer, Status, Wire,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use upstream::sse::{Observed, Segment, StreamTap};
use upstream::{UpstreamFailureKind, UpstreamResponse};

use self::closing::{closing, cut_code, is_cut, ping};
use crate::buffered::parts_of_call;
use crate::call::{AdmittedCall, ObjectKeeper};
use crate::headers::upstream_request_id;

/// A comment is sent after this much silence, because gateways cut streams that are quiet for minutes.
const PING_AFTER: Duration = Duration::from_secs(20);

/// How long a provider may take to close its stream after the terminal event. Some keep the connection open.
const LINGER: Duration = Duration::from_millis(500);

/// The same for a stream of Gemini, whose only sign of its end is that the answer is complete. Some models say so in each
/// of their events.
const END_AFTER: Duration = Duration::from_secs(10);

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
                let silence = if tap.is_holding() { LINGER } else { PING_AFTER };
                tokio::select! {
                    biased;
                    chunk = response.chunk(ends_at) => break chunk,
                    // The stream goes on after all, or its end is late.
                    () = tokio::time::sleep(silence), if tap.is_holding() => yield Ok::<_, Infallible>(tap.release()),
                    () = tokio::time::sleep(silence) => if let Some(ping) = ping(&call) { yield Ok(ping) },
                }
            };
            metered.waited += wait_began.elapsed();
            let chunk = match next {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break None,
                Err(_) if tap.is_at_end() || is_over(&call, &tap) => break None,
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
            } else if call.endpoint().wire() == Wire::Gemini {
                let is_complete = tap.observed().is_finished(call.choices());
                ends_at = if is_complete { call.deadline.min(Instant::now() + END_AFTER) } else { call.deadline };
            }
        };
        let rest = tap.finish();
        if !is_settled {
            let ending = metered.ending(&call, tap.observed(), &response, broken.as_ref());
            settle(&call, tap.observed(), ending, background.as_ref()).await;
        }
        for bytes in closing(&call, rest, &tap, broken.as_ref()) {
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

/// Whether nothing came for a while after an answer that was complete.
fn is_over(call: &AdmittedCall, tap: &StreamTap) -> bool {
    call.endpoint().wire() == Wire::Gemini && tap.observed().is_finished(call.choices())
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
            // The head of a stream leaves before its cost is known.
            stated_cost: None,
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
            service_tier: call.served_tier(&response.headers, seen.service_tier.clone()),
        };
        let mut exchange = self.exchange(response);
        if exchange.upstream_request_id.is_none() && call.endpoint().wire() == Wire::Gemini {
            exchange.upstream_request_id.clone_from(&seen.response_id);
        }
        CallEnding { outcome, exchange }
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
