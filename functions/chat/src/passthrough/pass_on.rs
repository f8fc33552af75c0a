//! What the provider responded: settled, and passed on to the caller.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use domain::calls::{BackgroundCall, Wire};
use http::header;
use upstream::sse::StreamTap;
use upstream::{ProviderKey, UpstreamFailure, UpstreamResponse};

use crate::buffered::BufferedResponse;
use crate::call::{AdmittedCall, ObjectKeeper};
use crate::failure::{failed_ending, failure_error};
use crate::headers::{
    CallHeaders, has_media_type, insert_cost, insert_overhead, insert_pending, relayed_headers,
};
use crate::stream;

/// What the response to a call is passed on with.
pub(crate) struct Relayed<'a> {
    pub keeper: ObjectKeeper,
    pub provider_key: Option<&'a ProviderKey>,
    pub hide_usage: bool,
    /// The call that made the response which is retrieved, while the provider works on it.
    pub background: Option<BackgroundCall>,
    /// Our own time until the request was sent.
    pub overhead: Duration,
}

/// Settles a call and passes on what the provider responded, or the error.
pub(crate) async fn pass_on(
    call: AdmittedCall,
    sent: Result<UpstreamResponse, UpstreamFailure>,
    relayed: Relayed<'_>,
) -> Response {
    let call_headers = CallHeaders::of(&call);
    let response = match sent {
        Ok(response) if is_stream(&call, &response) => {
            let mut headers = relayed_headers(&response.headers, call.limit_headers(None));
            insert_overhead(&mut headers, relayed.overhead);
            let tap = StreamTap::new(call.endpoint(), relayed.hide_usage, call.choices());
            stream::response(stream::body(call, response, tap, (relayed.keeper, relayed.background)), headers)
        }
        Ok(response) => pass_on_buffered(&call, response, relayed).await,
        Err(failure) => Box::pin(settle_failure(&call, failure)).await,
    };
    call_headers.add_to(response)
}

/// Settles a failed call and returns the error.
async fn settle_failure(call: &AdmittedCall, failure: UpstreamFailure) -> Response {
    let ending = failed_ending(&failure);
    let waited = ending.exchange.waited;
    let settled = call.settle(ending).await;
    let mut response = failure_error(failure).into_response();
    response.headers_mut().extend(call.limit_headers(Some(&settled)));
    insert_overhead(response.headers_mut(), call.elapsed().saturating_sub(waited));
    response
}

/// Reads a response that is not a stream, settles the call and passes the response on.
async fn pass_on_buffered(
    call: &AdmittedCall,
    response: UpstreamResponse,
    mut relayed: Relayed<'_>,
) -> Response {
    let provider_key = relayed.provider_key;
    let buffered = BufferedResponse::read(response, call.endpoint(), call.arrived_at(), call.deadline).await;
    let buffered = match buffered {
        Ok(buffered) => buffered,
        Err(failure) => return Box::pin(settle_failure(call, failure)).await,
    };
    if let Some(fields) = buffered.fields.as_ref().filter(|_| buffered.status.is_success()) {
        relayed.keeper.keep(&fields.made).await;
    }
    if let Some(response_id) = buffered.accepted()
        && Box::pin(call.keep_open(response_id, buffered.exchange())).await
    {
        return pass_on_accepted(call, buffered);
    }
    if let Some(earlier) = &relayed.background
        && let Some(outcome) = buffered.background_outcome()
    {
        Box::pin(call.settle_earlier(earlier, outcome)).await;
    }
    let mut ending = buffered.ending(call.model(), true, provider_key);
    ending.outcome.service_tier = call.served_tier(&buffered.headers, ending.outcome.service_tier);
    let waited = ending.exchange.waited;
    let settled = call.settle(ending).await;
    let mut headers = relayed_headers(&buffered.headers, call.limit_headers(Some(&settled)));
    insert_overhead(&mut headers, call.elapsed().saturating_sub(waited));
    let has_error_object = buffered.fields.as_ref().is_some_and(|fields| fields.error.is_some());
    if !buffered.status.is_success() && (!has_error_object || buffered.rejects_our_key(provider_key)) {
        let mut response = buffered.error(provider_key).into_response();
        // The body is ours, and so is its type.
        headers.remove(header::CONTENT_TYPE);
        headers.extend(std::mem::take(response.headers_mut()));
        *response.headers_mut() = headers;
        return response;
    }
    if let Some(cost) = settled.cost {
        insert_cost(&mut headers, cost);
    }
    buffered.into_response(headers)
}

/// The response of a call that is settled later: its cost is not known yet, and its limits hold its reservation.
fn pass_on_accepted(call: &AdmittedCall, buffered: BufferedResponse) -> Response {
    let mut headers = relayed_headers(&buffered.headers, call.limit_headers(None));
    insert_pending(&mut headers);
    insert_overhead(&mut headers, call.elapsed().saturating_sub(buffered.exchange().waited));
    buffered.into_response(headers)
}

fn is_stream(call: &AdmittedCall, response: &UpstreamResponse) -> bool {
    // Compressed events cannot be read, so the body passes as a whole.
    let is_readable = !response.headers.contains_key(header::CONTENT_ENCODING);
    // Gemini's are one array, where a request does not ask for events.
    let is_array = call.is_stream() && call.endpoint().wire() == Wire::Gemini;
    let has_type = |media_type| has_media_type(&response.headers, media_type);
    let is_stream = match call.endpoint().wire() {
        Wire::Bedrock => has_type("application/vnd.amazon.eventstream"),
        _ => has_type("text/event-stream") || is_array && has_type("application/json"),
    };
    response.is_success() && is_readable && is_stream
}
