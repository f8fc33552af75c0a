//! `POST /v1/…`: OpenAI's API, byte for byte, with the metering around it.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use domain::calls::Endpoint;
use domain::ids::{CallId, RequestId};
use domain::names::{MAX_MODEL_CHARS, MAX_TIER_CHARS, is_model, is_tier};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use openai::sse::Dialect;
use openai::wire::{Kind, RequestBody, RequestError};
use openai::{Answer, Failure, Outgoing, ProviderKey, forwarded_headers};
use web::{ApiError, Deadline, read_body};

use crate::answer::{self, failed, failure_error, relayed_headers};
use crate::call::{Call, NewCall};
use crate::caller::{self, Credentials};
use crate::openapi::{Labelled, OpenAiError, Passed};
use crate::state::ChatState;
use crate::stream;

type Arrived = (Extension<RequestId>, Option<Extension<Deadline>>, HeaderMap);

#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    description = "Chat completions, as OpenAI serves them; with `stream: true` as server-sent events. The body passes through to the provider; what it counts is described there.",
    params(Labelled),
    request_body = Passed,
    responses(
        (status = 200, description = "The provider's answer, byte for byte", body = Passed, headers(
            ("x-tokenmeter-call-id" = String, description = "The call in the ledger; the same as `x-request-id`"),
            ("x-tokenmeter-overhead-ms" = String, description = "Our own time, the provider's excluded"),
            ("x-tokenmeter-cost-usd" = Option<String>, description = "USD as an exact decimal; not on streams, nor where unknown"),
        )),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_completion(
    State(state): State<ChatState>,
    arrived: Arrived,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, Endpoint::ChatCompletions, arrived, body).await
}

#[utoipa::path(
    post,
    path = "/v1/responses",
    tag = "openai",
    description = "Responses, as OpenAI serves them; with `stream: true` as server-sent events. The body passes through to the provider; what it counts is described there.",
    params(Labelled),
    request_body = Passed,
    responses(
        (status = 200, description = "The provider's answer, byte for byte", body = Passed, headers(
            ("x-tokenmeter-call-id" = String, description = "The call in the ledger; the same as `x-request-id`"),
            ("x-tokenmeter-overhead-ms" = String, description = "Our own time, the provider's excluded"),
            ("x-tokenmeter-cost-usd" = Option<String>, description = "USD as an exact decimal; not on streams, nor where unknown"),
        )),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_response(
    State(state): State<ChatState>,
    arrived: Arrived,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, Endpoint::Responses, arrived, body).await
}

#[utoipa::path(
    post,
    path = "/v1/embeddings",
    tag = "openai",
    description = "Embeddings, as OpenAI serves them. The body passes through to the provider; what it counts is described there.",
    params(Labelled),
    request_body = Passed,
    responses(
        (status = 200, description = "The provider's answer, byte for byte", body = Passed, headers(
            ("x-tokenmeter-call-id" = String, description = "The call in the ledger; the same as `x-request-id`"),
            ("x-tokenmeter-overhead-ms" = String, description = "Our own time, the provider's excluded"),
            ("x-tokenmeter-cost-usd" = Option<String>, description = "USD as an exact decimal; not on streams, nor where unknown"),
        )),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_embedding(
    State(state): State<ChatState>,
    arrived: Arrived,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, Endpoint::Embeddings, arrived, body).await
}

async fn relay(
    state: ChatState,
    endpoint: Endpoint,
    (Extension(request_id), deadline, headers): Arrived,
    body: Body,
) -> Result<Response, ApiError> {
    let started = Instant::now();
    let credentials = Credentials::from_headers(&headers, state.hasher(), state.accepts_provider_keys())?;
    let (kind, path) = wire_of(endpoint);
    let body = read_body(body).await?;
    let idempotency = caller::idempotency(&headers, &credentials, &body, state.hasher());
    let request = RequestBody::parse(kind, body).map_err(refused)?;
    let new = NewCall {
        id: CallId::from_uuid(request_id.as_uuid()),
        key: credentials.key,
        label: caller::named_label(&headers, request.metadata_label.as_deref())?,
        fallback_label: caller::fallback_label(request.safety_identifier.as_deref(), request.user.as_deref()),
        model: storable_model(&request)?,
        endpoint,
        stream: request.stream,
        service_tier: storable_tier(&request)?,
        input_bound_tokens: request.input_bound_tokens(),
        output_bound_tokens: output_bound_tokens(&request),
        choices: i64::try_from(request.n).unwrap_or(i64::MAX),
        unbounded: request.unbounded(),
        sdk: caller::sdk(&headers),
        tags: caller::tags(&headers)?,
        idempotency,
        started,
        deadline: deadline.map(|Extension(deadline)| deadline),
    };
    let hide_usage = !request.include_usage;
    let request = if request.stream { request.with_include_usage() } else { request };
    let call = Call::admit(&state, new).await?;
    let request = match call.filled_output_bound() {
        Some(tokens) => request.with_output_bound(tokens),
        None => request,
    };
    let provider_key = credentials.provider_key.as_ref();
    let outgoing = Outgoing {
        method: Method::POST,
        path,
        headers: upstream_headers(&headers, provider_key),
        body: request.to_bytes(),
        key: provider_key,
        deadline: call.deadline,
        kind: Some(kind),
    };
    let (id, overhead) = (call.id(), call.elapsed());
    let response = match state.upstream().send(&outgoing).await {
        Ok(answer) if is_stream(&answer) => {
            let dialect = match kind {
                Kind::Responses => Dialect::Responses,
                Kind::ChatCompletions | Kind::Embeddings => Dialect::ChatCompletions { hide_usage },
            };
            let mut headers = relayed_headers(&answer.headers);
            headers.extend(call.limit_headers(None));
            stream::response(stream::body(call, answer, dialect), headers, overhead)
        }
        Ok(answer) => plain(&state, &call, answer, kind, provider_key).await,
        Err(failure) => give_up(&call, failure).await,
    };
    Ok(named(response, id))
}

/// No answer: settled, and told so.
async fn give_up(call: &Call, failure: Failure) -> Response {
    let ending = failed(&failure);
    let waited = ending.waited;
    let settled = call.settle(ending).await;
    let mut response = failure_error(failure).into_response();
    response.headers_mut().extend(call.limit_headers(Some(&settled)));
    insert_overhead(response.headers_mut(), call.elapsed().saturating_sub(waited));
    response
}

/// An answer that is not a stream: read whole, settled, passed on as it came.
async fn plain(
    state: &ChatState,
    call: &Call,
    answer: Answer,
    kind: Kind,
    provider_key: Option<&ProviderKey>,
) -> Response {
    let answer = match answer::read(call, answer, kind).await {
        Ok(answer) => answer,
        Err(failure) => return give_up(call, failure).await,
    };
    let ending = answer.ending(call, true);
    let waited = ending.waited;
    let settled = call.settle(ending).await;
    let is_error_object = answer.parsed.as_ref().is_some_and(|parsed| parsed.error.is_some());
    let overhead = call.elapsed().saturating_sub(waited);
    let mut headers = relayed_headers(&answer.headers);
    headers.extend(call.limit_headers(Some(&settled)));
    insert_overhead(&mut headers, overhead);
    if !answer.status.is_success() && (!is_error_object || answer.shows_key(state.upstream(), provider_key)) {
        let mut response = answer.error(state.upstream(), provider_key).into_response();
        // The body is ours, and what describes it.
        headers.remove(header::CONTENT_TYPE);
        let own = std::mem::take(response.headers_mut());
        headers.extend(own);
        *response.headers_mut() = headers;
        return response;
    }
    if let Some(cost) = settled.cost {
        insert(&mut headers, "x-tokenmeter-cost-usd", &cost.to_string());
    }
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    response
}

fn wire_of(endpoint: Endpoint) -> (Kind, &'static str) {
    match endpoint {
        Endpoint::ChatCompletions | Endpoint::LlmChat => (Kind::ChatCompletions, "/chat/completions"),
        Endpoint::Responses => (Kind::Responses, "/responses"),
        Endpoint::Embeddings => (Kind::Embeddings, "/embeddings"),
    }
}

fn refused(error: RequestError) -> ApiError {
    match error {
        RequestError::NotJson { .. } => ApiError::NotJson(error.to_string()),
        _ => ApiError::InvalidRequest { message: error.to_string(), param: error.param().map(str::to_owned) },
    }
}

fn storable_model(request: &RequestBody) -> Result<String, ApiError> {
    storable("model", &request.model, MAX_MODEL_CHARS, is_model)
}

fn storable_tier(request: &RequestBody) -> Result<Option<String>, ApiError> {
    let tier = request.service_tier.as_deref().filter(|tier| !tier.is_empty());
    tier.map(|tier| storable("service_tier", tier, MAX_TIER_CHARS, is_tier)).transpose()
}

fn storable(param: &str, text: &str, max: usize, is_fit: fn(&str) -> bool) -> Result<String, ApiError> {
    if is_fit(text) {
        return Ok(text.to_owned());
    }
    Err(ApiError::InvalidRequest {
        message: format!("'{param}' must be at most {max} characters without control characters"),
        param: Some(param.to_owned()),
    })
}

fn output_bound_tokens(request: &RequestBody) -> Option<i64> {
    if request.kind() == Kind::Embeddings {
        return Some(0);
    }
    let bound = request.output_bound?.saturating_mul(request.n);
    Some(i64::try_from(bound).unwrap_or(i64::MAX))
}

fn upstream_headers(headers: &HeaderMap, provider_key: Option<&ProviderKey>) -> HeaderMap {
    let mut headers = forwarded_headers(headers, provider_key.is_some());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

fn is_stream(answer: &Answer) -> bool {
    let content_type = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    answer.is_success() && content_type.is_some_and(|text| text.starts_with("text/event-stream"))
}

/// Every answer to a call, errors too, carries the call's id.
fn named(mut response: Response, id: CallId) -> Response {
    insert(response.headers_mut(), "x-request-id", &id.to_string());
    insert(response.headers_mut(), "x-tokenmeter-call-id", &id.to_string());
    response
}

fn insert_overhead(headers: &mut HeaderMap, overhead: Duration) {
    insert(headers, "x-tokenmeter-overhead-ms", &stream::millis(overhead));
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
