//! The call that a request to `/v1` asks for, and the body to send for it.

use bytes::Bytes;
use domain::calls::{CallRequest, Endpoint};
use domain::names::{MAX_MODEL_CHARS, MAX_TIER_CHARS, is_model, is_tier};
use domain::provider::Provider;
use upstream::wire::{NamedObjects, RequestBody, RequestError, add_bedrock_headers};
use web::ApiError;

use super::target::Target;
use crate::agents::{session_in, with_agent_tags};
use crate::call::NewCall;
use crate::caller;
use crate::credentials::Credentials;
use crate::fallback::{Plan, Routing};
use crate::incoming::IncomingRequest;
use crate::state::ChatState;

pub(super) struct MeteredRequest {
    pub call: NewCall,
    /// As the caller sent it.
    pub body: RequestBody,
    /// Whether the provider stores the response.
    pub stores: bool,
    pub named: NamedObjects,
}

impl MeteredRequest {
    pub(super) fn parse(
        target: &Target,
        incoming: &IncomingRequest,
        credentials: &Credentials,
        body: Bytes,
        state: &ChatState,
    ) -> Result<Self, ApiError> {
        let headers = &incoming.headers;
        let idempotency = caller::idempotency(headers, credentials, &body, state.hasher())?;
        let endpoint = target.endpoint;
        let mut body = target.parse(incoming, body).map_err(body_error)?;
        let mut content = body.content();
        add_bedrock_headers(&mut body, &mut content, headers);
        check_background(incoming, &body)?;
        let model = model(incoming, &body)?;
        let routing = routing(state, incoming, credentials, (&body, &model))?;
        let call = NewCall {
            label: caller::named_label(headers, body.metadata_label.as_deref())?,
            fallback_label: caller::fallback_label(
                body.safety_identifier.as_deref(),
                body.user.as_deref().filter(|user| session_in(user).is_none()),
            ),
            request: CallRequest {
                id: incoming.call_id(),
                provider: match &routing {
                    Routing::Planned(plan) => first_provider(plan, incoming, endpoint),
                    Routing::Fixed | Routing::Unrouted => incoming.provider(endpoint.wire()),
                },
                upstream: incoming.upstream_name(),
                price_source: incoming.price_source(),
                model,
                endpoint,
                stream: body.stream,
                service_tier: service_tier(&body)?,
                content,
                input_bound_tokens: 0,
                output_bound_tokens: output_bound_tokens(&body),
                choices: i64::try_from(body.n).unwrap_or(i64::MAX),
                background: body.background,
                hides_choices: body.hides_choices(),
                sdk: caller::sdk(headers),
                tags: with_agent_tags(caller::tags(headers)?, headers, body.user.as_deref()),
                route: None,
            },
            key: credentials.key,
            idempotency,
            arrived_at: incoming.arrived_at,
            deadline: incoming.deadline,
            ids: incoming.ids.clone(),
            upstream: incoming.upstream().cloned(),
            routing,
            timeout: incoming.timeout(endpoint.wire()),
        };
        Ok(Self { call, stores: body.stores, named: body.named_objects(), body })
    }
}

/// Where a call may be sent whose path names no upstream. Upstreams take no keys of callers, so calls with one go to the
/// provider that the key is of.
fn routing(
    state: &ChatState,
    incoming: &IncomingRequest,
    credentials: &Credentials,
    (body, model): (&RequestBody, &str),
) -> Result<Routing, ApiError> {
    let wire = body.endpoint().wire();
    if !incoming.may_be_routed() || credentials.provider_key.is_some() {
        incoming.client(wire, state)?;
        return Ok(Routing::Fixed);
    }
    let Some(mut plan) = state.plan(wire, model) else {
        incoming.client(wire, state)?;
        return Ok(Routing::Unrouted);
    };
    if plan.targets().is_empty() {
        return Err(ApiError::NoTarget(model.to_owned()));
    }
    // As [`check_background`].
    if body.background && !plan.retain(|planned| planned.upstream.is_none()) {
        return Err(background_error());
    }
    Ok(Routing::Planned(plan))
}

fn first_provider(plan: &Plan, incoming: &IncomingRequest, endpoint: Endpoint) -> Provider {
    let first = plan.targets().first().map(|planned| planned.provider.clone());
    first.unwrap_or_else(|| incoming.provider(endpoint.wire()))
}

/// The model of a call, or of the deployment that it names.
fn model(incoming: &IncomingRequest, body: &RequestBody) -> Result<String, ApiError> {
    let model = storable("model", &body.model, MAX_MODEL_CHARS, is_model)?;
    Ok(match incoming.upstream() {
        Some(upstream) => upstream.facts().models.get(&model).cloned().unwrap_or(model),
        None => model,
    })
}

/// Nothing settles such calls of other upstreams, since `maintain` has the key of OpenAI alone.
fn check_background(incoming: &IncomingRequest, body: &RequestBody) -> Result<(), ApiError> {
    if body.background && incoming.upstream().is_some() {
        return Err(background_error());
    }
    Ok(())
}

fn background_error() -> ApiError {
    let message = "'background' is served for OpenAI alone. Leave it out, or stream the response.".to_owned();
    ApiError::InvalidRequest { message, param: Some("background".to_owned()) }
}

fn body_error(error: RequestError) -> ApiError {
    match error {
        RequestError::NotJson { .. } => ApiError::NotJson(error.to_string()),
        _ => ApiError::InvalidRequest { message: error.to_string(), param: error.param().map(str::to_owned) },
    }
}

fn service_tier(body: &RequestBody) -> Result<Option<String>, ApiError> {
    let tier = body.service_tier.as_deref().filter(|tier| !tier.is_empty());
    tier.map(|tier| storable("service_tier", tier, MAX_TIER_CHARS, is_tier)).transpose()
}

/// A name that the ledger can store.
fn storable(param: &str, text: &str, max: usize, is_valid: fn(&str) -> bool) -> Result<String, ApiError> {
    if is_valid(text) {
        return Ok(text.to_owned());
    }
    Err(ApiError::InvalidRequest {
        message: format!("'{param}' must be at most {max} characters without control characters."),
        param: Some(param.to_owned()),
    })
}

/// Of all choices together.
fn output_bound_tokens(body: &RequestBody) -> Option<i64> {
    if !body.endpoint().has_output() {
        return Some(0);
    }
    let bound = body.output_bound?.saturating_mul(body.n);
    Some(i64::try_from(bound).unwrap_or(i64::MAX))
}
