//! A call about a stored response: its owner found, admitted, forwarded, settled.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use bytes::Bytes;
use domain::calls::{
    BackgroundCall, CallRequest, Endpoint, ObjectOwner, RequestContent, StoredResponse, Wire,
};
use domain::keys::Scope;
use http::{HeaderMap, HeaderValue, Method, header};
use ledger::objects;
use upstream::wire::is_id;
use upstream::{ProviderKey, UpstreamRequest, forwarded_headers};
use web::{ApiError, ProviderObject, read_body};

use crate::buffered::BufferedResponse;
use crate::call::{self, AdmittedCall, NewCall};
use crate::caller;
use crate::credentials::Credentials;
use crate::fallback::Routing;
use crate::incoming::IncomingRequest;
use crate::passthrough::{Relayed, pass_on};
use crate::state::ChatState;
use crate::upstreams::Upstream;

/// The model of a response that a caller's own provider key made elsewhere.
const UNKNOWN_MODEL: &str = "unknown";

pub(super) async fn relay(
    state: ChatState,
    (endpoint, id): (Endpoint, Result<Path<String>, PathRejection>),
    query: Option<String>,
    mut incoming: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    let credentials = Credentials::of(&incoming, Wire::OpenAi, &state)?;
    incoming.client(Wire::OpenAi, &state)?;
    // A path that is not UTF-8 names no response.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let StoredResponse { owner, background } = find(&state, &credentials, &incoming, &id).await?;
    if let Some(maker) = owner.upstream.as_deref().filter(|_| incoming.may_be_routed()) {
        incoming.send_to(maker_of(&state, maker, &id).await?);
    }
    // Another upstream says nothing of work at OpenAI.
    let background = background.filter(|_| incoming.upstream().is_none());
    let body = read_body(&incoming.headers, body).await?;
    let new = new_call(endpoint, &incoming, &credentials, &owner, query.as_deref())?;
    let call = call::admit(&state, new).await?;
    let provider_key = credentials.provider_key.as_ref();
    let mut headers = forwarded_headers(Wire::OpenAi, &incoming.headers, provider_key.is_some());
    if !body.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if endpoint == Endpoint::ResponsesDelete
        && let Some(earlier) = &background
    {
        settle_before_deletion(&state, &call, earlier, (&id, provider_key)).await;
    }
    let request = UpstreamRequest {
        method: method(endpoint),
        path: &incoming.path_at_upstream_alone(path(endpoint, &id, query.as_deref())),
        headers,
        body,
        key: provider_key,
        deadline: call.deadline,
        endpoint: None,
        may_bill_retries: true,
    };
    let relayed = Relayed {
        keeper: call.keeper_for(owner, true),
        provider_key,
        hide_usage: false,
        background,
        overhead: call.elapsed(),
    };
    let sent = incoming.client(Wire::OpenAi, &state)?.send(&request).await;
    // In a box of its own: the future of a call would be large.
    Ok(Box::pin(pass_on(call, sent, relayed)).await)
}

/// The upstream that has a response. Once it is removed, so is what it has.
async fn maker_of(state: &ChatState, name: &str, id: &str) -> Result<Arc<Upstream>, ApiError> {
    if state.find_upstream(name).is_none() {
        state.reload_for_unknown().await?;
    }
    state.find_upstream(name).ok_or_else(|| ApiError::object_not_found(ProviderObject::Response, id))
}

/// What a response used can be read until it is deleted.
async fn settle_before_deletion(
    state: &ChatState,
    call: &AdmittedCall,
    earlier: &BackgroundCall,
    (id, provider_key): (&str, Option<&ProviderKey>),
) {
    let request = UpstreamRequest {
        method: Method::GET,
        path: &path(Endpoint::ResponsesRetrieve, id, None),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        key: provider_key,
        deadline: call.deadline,
        endpoint: None,
        may_bill_retries: true,
    };
    let Ok(response) = state.upstream().send(&request).await else { return };
    let read =
        BufferedResponse::read(response, Endpoint::ResponsesRetrieve, call.arrived_at(), call.deadline).await;
    if let Some(outcome) = read.ok().and_then(|response| response.background_outcome()) {
        call.settle_earlier(earlier, outcome).await;
    }
}

/// A response that the caller may use.
async fn find(
    state: &ChatState,
    credentials: &Credentials,
    incoming: &IncomingRequest,
    id: &str,
) -> Result<StoredResponse, ApiError> {
    let found = match id {
        id if is_id(id) => objects::find(state.database(), credentials.key.as_ref(), id).await?,
        _ => None,
    };
    match found {
        Some(stored) => Ok(stored),
        // The provider decides what a key of its own may read.
        None if credentials.key.is_none() && is_id(id) => Ok(StoredResponse {
            owner: ObjectOwner {
                call_id: incoming.call_id(),
                key_id: None,
                user_label: String::new(),
                model: UNKNOWN_MODEL.to_owned(),
                upstream: None,
            },
            background: None,
        }),
        None => {
            // A key that is not valid is refused as such.
            credentials.authenticate(Scope::Chat, state).await?;
            Err(ApiError::object_not_found(ProviderObject::Response, id))
        }
    }
}

fn new_call(
    endpoint: Endpoint,
    incoming: &IncomingRequest,
    credentials: &Credentials,
    owner: &ObjectOwner,
    query: Option<&str>,
) -> Result<NewCall, ApiError> {
    let headers = &incoming.headers;
    Ok(NewCall {
        request: CallRequest {
            id: incoming.call_id(),
            provider: incoming.provider(Wire::OpenAi),
            upstream: incoming.upstream_name(),
            price_source: incoming.price_source(),
            model: owner.model.clone(),
            endpoint,
            stream: query.is_some_and(|query| query.split('&').any(|pair| pair == "stream=true")),
            service_tier: None,
            content: RequestContent::default(),
            input_bound_tokens: 0,
            output_bound_tokens: Some(0),
            choices: 1,
            background: false,
            hides_choices: false,
            sdk: caller::sdk(headers),
            tags: caller::tags(headers)?,
            route: None,
        },
        key: credentials.key,
        label: caller::named_label(headers, None)?,
        fallback_label: Some(owner.user_label.clone()).filter(|label| !label.is_empty()),
        idempotency: None,
        arrived_at: incoming.arrived_at,
        deadline: incoming.deadline,
        ids: incoming.ids.clone(),
        upstream: incoming.upstream().cloned(),
        routing: Routing::Fixed,
        timeout: None,
    })
}

const fn method(endpoint: Endpoint) -> Method {
    match endpoint {
        Endpoint::ResponsesDelete => Method::DELETE,
        Endpoint::ResponsesCancel => Method::POST,
        _ => Method::GET,
    }
}

/// The provider's path of a response, with the caller's own query.
fn path(endpoint: Endpoint, id: &str, query: Option<&str>) -> String {
    let action = match endpoint {
        Endpoint::ResponsesCancel => "/cancel",
        Endpoint::ResponsesInputItems => "/input_items",
        _ => "",
    };
    let (mark, query) = query.map_or(("", ""), |query| ("?", query));
    format!("{}/{id}{action}{mark}{query}", endpoint.upstream_path())
}
