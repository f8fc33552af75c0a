//! `POST /api/llm/chat`: one prompt, one text.

mod request;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::calls::{CallRequest, Endpoint, RequestContent};
use domain::ids::CallId;
use domain::money::PicoUsd;
use domain::provider::Provider;
use domain::upstreams::PriceSource;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;
use serde_json::json;
use upstream::wire::completion_text;
use upstream::{ProviderKey, UpstreamFailure, UpstreamRequest};
use utoipa::ToSchema;
use web::responses::{BadBody, Forbidden, Invalid, PROBLEM_JSON, Unauthenticated, Unavailable};
use web::{ApiError, Problem, read_body};

use self::request::ChatRequest;
use crate::buffered::BufferedResponse;
use crate::call::{self, AdmittedCall, NewCall, SettledCall};
use crate::caller;
use crate::failure::{failed_ending, failure_error};
use crate::fallback::Routing;
use crate::headers::CallHeaders;
use crate::incoming::IncomingRequest;
use crate::state::ChatState;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatResponse {
    /// The model's text; empty if it replied without any.
    pub content: String,
    #[schema(value_type = String, example = "call_0198c0de0000700080000000deadbeef")]
    pub call_id: CallId,
    /// The model that served the call.
    pub model: String,
    pub usage: ChatUsage,
    /// USD as an exact decimal; null if the model has no known price.
    #[schema(value_type = Option<String>, required = true, example = "0.000150")]
    pub cost_usd: Option<PicoUsd>,
}

#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the contract")]
pub(crate) struct ChatUsage {
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub total_tokens: i64,
}

#[utoipa::path(
    post,
    path = "/api/llm/chat",
    tag = "chat",
    description = "Sends one prompt to a model and returns its reply as text.",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The model's reply", body = ChatResponse),
        BadBody, Unauthenticated, Forbidden, Invalid, Unavailable,
        (status = 429, description = "A limit or the provider refused the call", body = Problem, content_type = PROBLEM_JSON),
        (status = 502, description = "The provider returned no usable response", body = Problem, content_type = PROBLEM_JSON),
        (status = 504, description = "The provider did not respond in time", body = Problem, content_type = PROBLEM_JSON),
        (status = "default", description = "The provider's error, with its status and message", body = Problem, content_type = PROBLEM_JSON),
    ),
    security((), ("key" = [])),
)]
pub(crate) async fn create_chat(
    State(state): State<ChatState>,
    incoming: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    let body = read_body(&incoming.headers, body).await?;
    let headers = &incoming.headers;
    let parsed = request::parse(&state, headers, &body)?;
    let body_bytes = upstream_body(&parsed.model, &parsed.prompt, None).len();
    let new = NewCall {
        request: CallRequest {
            id: incoming.call_id(),
            provider: Provider::OPENAI,
            upstream: None,
            price_source: PriceSource::Table,
            model: parsed.model.clone(),
            endpoint: Endpoint::LlmChat,
            stream: false,
            service_tier: None,
            content: RequestContent::text(body_bytes),
            input_bound_tokens: 0,
            output_bound_tokens: None,
            choices: 1,
            background: false,
            hides_choices: false,
            sdk: caller::sdk(headers),
            tags: caller::tags(headers)?,
            route: None,
        },
        key: parsed.credentials.key,
        label: Some(parsed.user_label),
        fallback_label: None,
        idempotency: caller::idempotency(headers, &parsed.credentials, &body, state.hasher())?,
        arrived_at: incoming.arrived_at,
        deadline: incoming.deadline,
        ids: incoming.ids.clone(),
        upstream: None,
        routing: Routing::Fixed,
        timeout: None,
    };
    let call = call::admit(&state, new).await?;
    let body = upstream_body(&parsed.model, &parsed.prompt, call.filled_output_bound());
    let provider_key = parsed.credentials.provider_key.as_ref();
    let (settled, completed) = complete(&state, &call, body, provider_key, &parsed.model).await;
    let mut response = completed.map(Json).into_response();
    response.headers_mut().extend(call.limit_headers(Some(&settled)));
    Ok(CallHeaders::of(&call).add_to(response))
}

/// Calls the provider and settles the call, however it ends.
async fn complete(
    state: &ChatState,
    call: &AdmittedCall,
    body: Bytes,
    provider_key: Option<&ProviderKey>,
    model: &str,
) -> (SettledCall, Result<ChatResponse, ApiError>) {
    let buffered = match send(state, call, body, provider_key).await {
        Ok(buffered) => buffered,
        Err(failure) => {
            let settled = call.settle(failed_ending(&failure)).await;
            return (settled, Err(failure_error(failure)));
        }
    };
    let content = completion_text(&buffered.body);
    let settled = call.settle(buffered.ending(model, content.is_some(), provider_key)).await;
    if !buffered.status.is_success() {
        return (settled, Err(buffered.error(provider_key)));
    }
    let Some(content) = content else { return (settled, Err(buffered.error(provider_key))) };
    let served_model = buffered.fields.and_then(|fields| fields.served_model);
    let response = ChatResponse {
        content,
        call_id: call.id(),
        model: served_model.unwrap_or_else(|| model.to_owned()),
        usage: ChatUsage {
            input_tokens: settled.usage.input_tokens,
            output_tokens: settled.usage.output_tokens,
            total_tokens: settled.usage.total_tokens(),
        },
        cost_usd: settled.cost,
    };
    (settled, Ok(response))
}

async fn send(
    state: &ChatState,
    call: &AdmittedCall,
    body: Bytes,
    provider_key: Option<&ProviderKey>,
) -> Result<BufferedResponse, UpstreamFailure> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let request = UpstreamRequest {
        method: Method::POST,
        path: Endpoint::LlmChat.upstream_path(),
        headers,
        body,
        key: provider_key,
        deadline: call.deadline,
        endpoint: Some(Endpoint::LlmChat),
        may_bill_retries: call.may_bill_retries(),
    };
    let response = state.upstream().send(&request).await?;
    BufferedResponse::read(response, Endpoint::LlmChat, call.arrived_at(), call.deadline).await
}

fn upstream_body(model: &str, prompt: &str, output_bound: Option<u64>) -> Bytes {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": prompt}]});
    if let Some(tokens) = output_bound {
        body["max_completion_tokens"] = tokens.into();
    }
    body.to_string().into()
}
