//! The call that a request to `/v1` asks for, and the body to send for it.

use bytes::Bytes;
use domain::calls::CallRequest;
use domain::keys::KeyHasher;
use domain::names::{MAX_MODEL_CHARS, MAX_TIER_CHARS, is_model, is_tier};
use upstream::wire::{NamedObjects, RequestBody, RequestError};
use web::ApiError;

use super::target::Target;
use crate::agents::{session_in, with_agent_tags};
use crate::call::NewCall;
use crate::caller;
use crate::credentials::Credentials;
use crate::incoming::IncomingRequest;

pub(super) struct MeteredRequest {
    pub call: NewCall,
    /// The caller's body; a stream is asked for its usage.
    pub body: RequestBody,
    /// Whether the provider stores the response.
    pub stores: bool,
    pub named: NamedObjects,
    /// Whether the caller did not ask for the usage of a stream.
    pub hides_usage: bool,
}

impl MeteredRequest {
    pub(super) fn parse(
        target: &Target,
        incoming: &IncomingRequest,
        credentials: &Credentials,
        body: Bytes,
        hasher: &KeyHasher,
    ) -> Result<Self, ApiError> {
        let headers = &incoming.headers;
        let idempotency = caller::idempotency(headers, credentials, &body, hasher)?;
        let endpoint = target.endpoint;
        let body = target.parse(incoming, body).map_err(body_error)?;
        check_background(incoming, &body)?;
        let call = NewCall {
            label: caller::named_label(headers, body.metadata_label.as_deref())?,
            fallback_label: caller::fallback_label(
                body.safety_identifier.as_deref(),
                body.user.as_deref().filter(|user| session_in(user).is_none()),
            ),
            request: CallRequest {
                id: incoming.call_id(),
                provider: incoming.provider(endpoint.wire()),
                upstream: incoming.upstream_name(),
                price_source: incoming.price_source(),
                model: model(incoming, &body)?,
                endpoint,
                stream: body.stream,
                service_tier: service_tier(&body)?,
                content: body.content(),
                input_bound_tokens: 0,
                output_bound_tokens: output_bound_tokens(&body),
                choices: i64::try_from(body.n).unwrap_or(i64::MAX),
                background: body.background,
                hides_choices: body.hides_choices(),
                sdk: caller::sdk(headers),
                tags: with_agent_tags(caller::tags(headers)?, headers, body.user.as_deref()),
            },
            key: credentials.key,
            idempotency,
            arrived_at: incoming.arrived_at,
            deadline: incoming.deadline,
            ids: incoming.ids.clone(),
            upstream: incoming.upstream().cloned(),
        };
        // What an upstream sends by itself, callers get.
        let adds_options = incoming.upstream().is_none_or(|upstream| upstream.facts().adds_stream_options);
        let hides_usage = adds_options && !body.include_usage;
        let body = if body.stream && adds_options { body.with_include_usage() } else { body };
        Ok(Self { call, stores: body.stores, named: body.named_objects(), hides_usage, body })
    }
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
        let message =
            "'background' is served for OpenAI alone. Leave it out, or stream the response.".to_owned();
        return Err(ApiError::InvalidRequest { message, param: Some("background".to_owned()) });
    }
    Ok(())
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
