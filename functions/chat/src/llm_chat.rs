//! `POST /api/llm/chat`: one prompt, one answer.

use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::calls::Endpoint;
use domain::ids::{CallId, RequestId};
use domain::money::PicoUsd;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use openai::wire::Kind;
use openai::{Outgoing, ProviderKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use web::{ApiError, Deadline, FieldError, Problem, bearer, parse_key, read_body};

use crate::answer::{self, failed, failure_error};
use crate::call::{Call, NewCall, Settled};
use crate::caller::{self, Credentials, MAX_LABEL_CHARS, is_label, is_model};
use crate::state::ChatState;

/// One user message for a model, counted under a label.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatRequest {
    /// Who the call is counted for: 1 to 128 letters, digits, spaces or characters of `._@:/+-`.
    #[schema(min_length = 1, max_length = 128, example = "search-team")]
    pub user_label: String,
    #[schema(min_length = 1, max_length = 256, example = "gpt-4o-mini")]
    pub model: String,
    #[schema(min_length = 1, example = "Say hello in French.")]
    pub prompt: String,
    /// A provider key of the caller's own, used for this one call and stored nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatResponse {
    /// The model's text; empty where it answered without any.
    pub content: String,
    #[schema(value_type = String, example = "call_0198c0de0000700080000000deadbeef")]
    pub call_id: CallId,
    /// The model that served the call.
    pub model: String,
    pub usage: ChatUsage,
    /// USD as an exact decimal; null where the model has no known price.
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

/// The request as it was taken apart, and whose it is.
struct Parsed {
    credentials: Credentials,
    user_label: String,
    model: String,
    prompt: String,
}

#[utoipa::path(
    post,
    path = "/api/llm/chat",
    tag = "chat",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The answer, counted in the ledger", body = ChatResponse),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "A limit refuses the call, or the provider does", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "The provider gave no usable answer", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The ledger is not available, so nothing was sent", body = Problem, content_type = "application/problem+json"),
        (status = 504, description = "The provider did not answer in time", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "The provider's own error, with its status and message", body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("key" = [])),
)]
pub(crate) async fn create_chat(
    State(state): State<ChatState>,
    Extension(request_id): Extension<RequestId>,
    deadline: Option<Extension<Deadline>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let started = Instant::now();
    let body = read_body(body).await?;
    let parsed = parse(&state, &headers, &body)?;
    let provider_key = parsed.credentials.provider_key.as_ref();
    let body_bytes = upstream_body(&parsed.model, &parsed.prompt, None).len();
    let call = Call::admit(
        &state,
        NewCall {
            id: CallId::from_uuid(request_id.as_uuid()),
            key: parsed.credentials.key,
            label: Some(parsed.user_label),
            fallback_label: None,
            model: parsed.model.clone(),
            endpoint: Endpoint::LlmChat,
            stream: false,
            service_tier: None,
            input_bound_tokens: i64::try_from(body_bytes).unwrap_or(i64::MAX),
            output_bound_tokens: None,
            choices: 1,
            unbounded: Vec::new(),
            sdk: caller::sdk(&headers),
            tags: caller::tags(&headers)?,
            idempotency: caller::idempotency(&headers, &parsed.credentials, &body, state.hasher()),
            started,
            deadline: deadline.map(|Extension(deadline)| deadline),
        },
    )
    .await?;
    let id = call.id();
    let body = upstream_body(&parsed.model, &parsed.prompt, call.filled_output_bound());
    let (settled, answer) = complete(&state, &call, body, provider_key, &parsed.model).await;
    let mut response = answer.map(Json).into_response();
    response.headers_mut().extend(call.limit_headers(Some(&settled)));
    Ok(with_call_id(response, id))
}

async fn complete(
    state: &ChatState,
    call: &Call,
    body: Bytes,
    provider_key: Option<&ProviderKey>,
    model: &str,
) -> (Settled, Result<ChatResponse, ApiError>) {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let outgoing = Outgoing {
        method: Method::POST,
        path: "/chat/completions",
        headers,
        body,
        key: provider_key,
        deadline: call.deadline,
        kind: Some(Kind::ChatCompletions),
    };
    let answer = match state.upstream().send(&outgoing).await {
        Ok(answer) => answer::read(call, answer, Kind::ChatCompletions).await,
        Err(failure) => Err(failure),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            let settled = call.settle(failed(&failure)).await;
            return (settled, Err(failure_error(failure)));
        }
    };
    let content = content(&answer.body);
    let settled = call.settle(answer.ending(call, content.is_some())).await;
    if !answer.status.is_success() {
        return (settled, Err(answer.error(state.upstream(), provider_key)));
    }
    let Some(content) = content else { return (settled, Err(ApiError::UpstreamMalformed)) };
    let answer = ChatResponse {
        content,
        call_id: call.id(),
        model: answer.parsed.and_then(|answer| answer.served_model).unwrap_or_else(|| model.to_owned()),
        usage: ChatUsage {
            input_tokens: settled.usage.input_tokens,
            output_tokens: settled.usage.output_tokens,
            total_tokens: settled.usage.total_tokens(),
        },
        cost_usd: settled.cost,
    };
    (settled, Ok(answer))
}

/// Who is calling is answered before what is wrong with the fields.
fn parse(state: &ChatState, headers: &HeaderMap, body: &[u8]) -> Result<Parsed, ApiError> {
    let fields: Value = serde_json::from_slice(body).map_err(|error| {
        ApiError::NotJson(format!(
            "The body is not valid JSON (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })?;
    let api_key = fields.get("api_key").filter(|value| !value.is_null());
    let key = match bearer(headers) {
        Some(token) => Some(state.hasher().hash(&parse_key(token)?)),
        None if api_key.is_some() && state.accepts_provider_keys() => None,
        None => return Err(ApiError::KeyMissing),
    };
    if !fields.is_object() {
        return Err(ApiError::Validation(vec![FieldError::new("", "the body must be a JSON object")]));
    }
    let mut errors = Vec::new();
    let mut text = |field: &'static str| {
        match fields.get(field) {
            None | Some(Value::Null) => Err(FieldError::new(field, "is required")),
            Some(Value::String(text)) if text.trim().is_empty() => {
                Err(FieldError::new(field, "must not be empty"))
            }
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(FieldError::new(field, "must be a string")),
        }
        .unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        })
    };
    let (user_label, model, prompt) = (text("user_label"), text("model"), text("prompt"));
    if !user_label.is_empty() && !is_label(&user_label) {
        let rule =
            format!("must be at most {MAX_LABEL_CHARS} letters, digits, spaces or characters of ._@:/+-");
        errors.push(FieldError::new("user_label", rule));
    }
    if !model.is_empty() && !is_model(&model) {
        errors.push(FieldError::new("model", "must be at most 256 characters without control characters"));
    }
    let provider_key = match api_key {
        None => None,
        Some(_) if !state.accepts_provider_keys() => {
            errors.push(FieldError::new("api_key", "provider keys of callers are not accepted here"));
            None
        }
        Some(value) => {
            let key = value.as_str().filter(|key| is_provider_key(key)).and_then(ProviderKey::parse);
            if key.is_none() {
                errors.push(FieldError::new("api_key", "must be a provider key such as sk-…"));
            }
            key
        }
    };
    if errors.is_empty() {
        Ok(Parsed { credentials: Credentials { key, provider_key }, user_label, model, prompt })
    } else {
        Err(ApiError::Validation(errors))
    }
}

/// Fit for a header, and not a key of ours pasted into the wrong field, which would be sent abroad.
fn is_provider_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.starts_with("tm_")
}

fn upstream_body(model: &str, prompt: &str, output_bound: Option<u64>) -> Bytes {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": prompt}]});
    if let Some(tokens) = output_bound {
        body["max_completion_tokens"] = tokens.into();
    }
    body.to_string().into()
}

/// The text of the first choice; `None` where the answer is no completion at all.
fn content(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Completion {
        choices: Vec<Choice>,
    }
    #[derive(Deserialize)]
    struct Choice {
        message: Message,
    }
    #[derive(Deserialize)]
    struct Message {
        content: Option<String>,
        refusal: Option<String>,
    }
    let completion: Completion = serde_json::from_slice(body).ok()?;
    let message = completion.choices.into_iter().next()?.message;
    Some(message.content.or(message.refusal).unwrap_or_default())
}

fn with_call_id(mut response: Response, id: CallId) -> Response {
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id.clone());
        response.headers_mut().insert(HeaderName::from_static("x-tokenmeter-call-id"), id);
    }
    response
}
