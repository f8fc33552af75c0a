//! A metered request: admitted, forwarded, settled, and its response passed on.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::calls::{BackgroundCall, Wire};
use domain::words::Word;
use http::{Method, header};
use upstream::sse::StreamTap;
use upstream::wire::RequestBody;
use upstream::{ProviderKey, UpstreamFailure, UpstreamRequest, UpstreamResponse};
use web::{ApiError, read_body};

use super::objects;
use super::request::MeteredRequest;
use super::target::Target;
use crate::buffered::BufferedResponse;
use crate::call::{self, AdmittedCall, ObjectKeeper};
use crate::credentials::Credentials;
use crate::failure::{failed_ending, failure_error};
use crate::fallback::{self, Outgoing};
use crate::headers::{
    CallHeaders, has_media_type, insert_cost, insert_overhead, insert_pending, relayed_headers,
    upstream_headers,
};
use crate::incoming::IncomingRequest;
use crate::state::ChatState;
use crate::stream;
use crate::upstreams::Upstream;

pub(crate) async fn relay(
    state: ChatState,
    target: Target,
    mut incoming: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    let endpoint = target.endpoint;
    // The key's form is checked first: a request without one is refused before its body is read.
    let credentials = Credentials::of(&incoming, endpoint.wire(), &state)?;
    check_provider(&state, &incoming, endpoint.wire()).await?;
    let body = read_body(&incoming.headers, body).await?;
    let admitted = match admit(&state, &target, &incoming, &credentials, body.clone()).await {
        Err(ApiError::UpstreamChanged) => {
            incoming.renew_route(&state)?;
            admit(&state, &target, &incoming, &credentials, body).await?
        }
        // Targets or upstreams may have been added since.
        Err(ApiError::NoTarget(_)) => {
            state.reload_for_unknown().await?;
            admit(&state, &target, &incoming, &credentials, body).await?
        }
        admitted => admitted?,
    };
    let AdmittedRequest { mut call, body, stores } = admitted;
    let provider_key = credentials.provider_key.as_ref();
    let overhead = call.elapsed();
    let (sent, hide_usage) = match call.take_plan() {
        Some(plan) => {
            let outgoing = Outgoing { incoming: &incoming, target: &target, body: &body };
            Box::pin(fallback::send(&state, &mut call, &plan, &outgoing)).await
        }
        None => send(&state, &call, &incoming, (&target, body), provider_key).await?,
    };
    let relayed =
        Relayed { keeper: call.keeper(stores), provider_key, hide_usage, background: None, overhead };
    // In a box of its own: the future of a call would be large.
    Ok(Box::pin(pass_on(call, sent, relayed)).await)
}

/// Whether there is a provider of this format, or a route that may lead to another one.
async fn check_provider(state: &ChatState, incoming: &IncomingRequest, wire: Wire) -> Result<(), ApiError> {
    if incoming.client(wire, state).is_err() && !state.may_be_routed(incoming, wire) {
        state.reload_for_unknown().await?;
    }
    if state.may_be_routed(incoming, wire) { Ok(()) } else { incoming.client(wire, state).map(drop) }
}

/// Sends a call to the only upstream that it has. Also returns whether the usage of a stream is hidden from the caller.
async fn send(
    state: &ChatState,
    call: &AdmittedCall,
    incoming: &IncomingRequest,
    (target, body): (&Target, RequestBody),
    provider_key: Option<&ProviderKey>,
) -> Result<(Result<UpstreamResponse, UpstreamFailure>, bool), ApiError> {
    let endpoint = target.endpoint;
    let client = incoming.client(endpoint.wire(), state)?;
    let (body, hides_usage) = prepared(body, incoming.upstream().map(Arc::as_ref), call);
    let request = UpstreamRequest {
        method: Method::POST,
        path: &target.path,
        headers: upstream_headers(
            endpoint.wire(),
            &incoming.headers,
            call.key_id(),
            (provider_key, None),
            state.hasher(),
        ),
        body: body.to_bytes(),
        key: provider_key,
        deadline: call.deadline,
        endpoint: (!endpoint.is_free()).then_some(endpoint),
        may_bill_retries: call.may_bill_retries(),
    };
    Ok((client.send(&request).await, hides_usage))
}

/// A call that was let through, and what is sent for it.
struct AdmittedRequest {
    call: AdmittedCall,
    body: RequestBody,
    stores: bool,
}

async fn admit(
    state: &ChatState,
    target: &Target,
    incoming: &IncomingRequest,
    credentials: &Credentials,
    body: Bytes,
) -> Result<AdmittedRequest, ApiError> {
    let metered = MeteredRequest::parse(target, incoming, credentials, body, state)?;
    let MeteredRequest { mut call, body, stores, named } = metered;
    objects::check(state, &call, &named).await?;
    objects::choose_targets(state, &mut call, &named).await?;
    let call = call::admit(state, call).await?;
    Ok(AdmittedRequest { call, body, stores })
}

/// The body as this upstream gets it, and whether the usage of a stream is hidden from the caller, who did not ask for it.
pub(crate) fn prepared(
    body: RequestBody,
    upstream: Option<&Upstream>,
    call: &AdmittedCall,
) -> (RequestBody, bool) {
    // What an upstream sends by itself, callers get.
    let adds_options = upstream.is_none_or(|upstream| upstream.facts().adds_stream_options);
    let hides_usage = adds_options && !body.include_usage;
    let body = if body.stream && adds_options { body.with_include_usage() } else { body };
    let body = match (call.filled_output_bound(), upstream) {
        (Some(tokens), Some(upstream)) => {
            body.with_output_bound_as(upstream.facts().output_bound_member.as_str(), tokens)
        }
        (Some(tokens), None) => body.with_output_bound(tokens),
        (None, _) => body,
    };
    let body = match call.filled_tool_calls() {
        Some(calls) => body.with_max_tool_calls(calls),
        None => body,
    };
    (body, hides_usage)
}

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
        Err(failure) => settle_failure(&call, failure).await,
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
        Err(failure) => return settle_failure(call, failure).await,
    };
    if let Some(fields) = buffered.fields.as_ref().filter(|_| buffered.status.is_success()) {
        relayed.keeper.keep(&fields.made).await;
    }
    if let Some(response_id) = buffered.accepted()
        && call.keep_open(response_id, buffered.exchange()).await
    {
        return pass_on_accepted(call, buffered);
    }
    if let Some(earlier) = &relayed.background
        && let Some(outcome) = buffered.background_outcome()
    {
        call.settle_earlier(earlier, outcome).await;
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
