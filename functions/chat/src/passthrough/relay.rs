//! A metered request: admitted and forwarded.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use domain::calls::Wire;
use domain::words::Word;
use http::Method;
use upstream::wire::RequestBody;
use upstream::{ProviderKey, UpstreamFailure, UpstreamRequest, UpstreamResponse};
use web::{ApiError, read_body};

use super::objects;
use super::pass_on::{Relayed, pass_on};
use super::request::MeteredRequest;
use super::target::Target;
use crate::call::{self, AdmittedCall};
use crate::credentials::Credentials;
use crate::fallback::{self, Outgoing};
use crate::headers::upstream_headers;
use crate::incoming::IncomingRequest;
use crate::state::ChatState;
use crate::upstreams::Upstream;

/// In a box: the future of a call is large, and routers move the futures of their handlers several times.
pub(crate) fn relay(
    state: ChatState,
    target: Target,
    incoming: IncomingRequest,
    body: Body,
) -> impl Future<Output = Result<Response, ApiError>> + Send {
    Box::pin(relay_here(state, target, incoming, body))
}

async fn relay_here(
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
            Box::pin(admit(&state, &target, &incoming, &credentials, body)).await?
        }
        // Targets or upstreams may have been added since.
        Err(ApiError::NoTarget(_)) => {
            Box::pin(state.reload_for_unknown()).await?;
            Box::pin(admit(&state, &target, &incoming, &credentials, body)).await?
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
    // In a box of its own, made once the call was admitted.
    Ok(Box::pin(pass_on(call, sent, relayed)).await)
}

/// Whether there is a provider of this format, or a route that may lead to another one.
async fn check_provider(state: &ChatState, incoming: &IncomingRequest, wire: Wire) -> Result<(), ApiError> {
    if incoming.client(wire, state).is_err() && !state.may_be_routed(incoming, wire) {
        Box::pin(state.reload_for_unknown()).await?;
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
