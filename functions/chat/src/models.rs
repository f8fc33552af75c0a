//! `GET /v1/models`: the provider's own list. Reading it costs nothing, so it is not a call in the ledger.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use domain::calls::{Endpoint, Wire};
use domain::keys::{Caller, Scope};
use http::{HeaderMap, Method};
use serde_json::Value;
use upstream::{ProviderKey, UpstreamRequest, forwarded_headers};
use web::ApiError;

use crate::buffered::BufferedResponse;
use crate::call::upstream_deadline;
use crate::credentials::Credentials;
use crate::failure::failure_error;
use crate::headers::relayed_headers;
use crate::incoming::IncomingRequest;
use crate::schema::{OpenAiBody, OpenAiError};
use crate::state::ChatState;

#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "openai",
    description = "Lists the provider's models: Anthropic's if the request has the header `anthropic-version`, else OpenAI's. A key with an allow-list sees only the models it may use.",
    responses(
        (status = 200, description = "The provider's models", body = OpenAiBody),
        (status = "default", description = "The provider's error, or one of Tokenmeter in the same format", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_models(
    State(state): State<ChatState>,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    let caller = ModelsCaller::identify(&state, &request).await?;
    let mut response = fetch(&state, "/models", &request, &caller).await?;
    if response.status.is_success()
        && let Some(key) = caller.key.filter(|key| key.models.is_some())
    {
        response.body = allowed_models(&key, &response.body)?;
    }
    Ok(relay(response))
}

#[utoipa::path(
    get,
    path = "/v1/models/{model}",
    tag = "openai",
    description = "Returns one model, whose name may contain slashes. If the key has an allow-list without this model, the response is 403 whether or not it exists.",
    params(("model" = String, Path, description = "Name of the model")),
    responses(
        (status = 200, description = "The provider's response, byte for byte", body = OpenAiBody),
        (status = "default", description = "The provider's error, or one of Tokenmeter in the same format", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_model(
    State(state): State<ChatState>,
    model: Result<Path<String>, PathRejection>,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    // A path that is not UTF-8 names no model.
    let Some(model) = model.ok().map(|Path(model)| model).filter(|model| is_model_path(model)) else {
        return Err(ApiError::NotFound);
    };
    let caller = ModelsCaller::identify(&state, &request).await?;
    if caller.key.as_ref().is_some_and(|key| !key.may_use(&model)) {
        return Err(ApiError::ModelNotAllowed(model));
    }
    Ok(relay(fetch(&state, &format!("/models/{model}"), &request, &caller).await?))
}

/// A name with slashes, which the route of the document does not match.
pub(crate) async fn get_nested_model(
    state: State<ChatState>,
    model: Result<Path<(String, String)>, PathRejection>,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    let model = model.map(|Path((first, rest))| Path(format!("{first}/{rest}")));
    get_model(state, model, request).await
}

/// Whether the provider finds a model under this path, and nothing else.
fn is_model_path(model: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:@".contains(c);
    model
        .split('/')
        .all(|segment| !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(is_plain))
}

/// Who asks: one of our keys, or a provider key of the caller's own; and in which format.
struct ModelsCaller {
    key: Option<Caller>,
    provider_key: Option<ProviderKey>,
    wire: Wire,
}

impl ModelsCaller {
    async fn identify(state: &ChatState, request: &IncomingRequest) -> Result<Self, ApiError> {
        // Both providers list their models under the same path. All of Anthropic's SDKs name the version of its API.
        let is_anthropic = request.headers.contains_key("anthropic-version");
        let wire = if is_anthropic { Wire::Anthropic } else { Wire::OpenAi };
        let credentials = Credentials::of(request, wire, state)?;
        let key = credentials.authenticate(Scope::Chat, state).await?;
        Ok(Self { key, provider_key: credentials.provider_key, wire })
    }
}

/// The list without the models that the key may not use.
fn allowed_models(key: &Caller, list: &[u8]) -> Result<Bytes, ApiError> {
    let mut list: Value = serde_json::from_slice(list).map_err(|_| ApiError::UpstreamMalformed)?;
    let models = list.get_mut("data").and_then(Value::as_array_mut).ok_or(ApiError::UpstreamMalformed)?;
    models.retain(|model| model["id"].as_str().is_some_and(|id| key.may_use(id)));
    Ok(list.to_string().into())
}

async fn fetch(
    state: &ChatState,
    path: &str,
    request: &IncomingRequest,
    caller: &ModelsCaller,
) -> Result<BufferedResponse, ApiError> {
    let (upstream, provider_key) = (state.upstream_of(caller.wire)?, caller.provider_key.as_ref());
    let path = match caller.wire {
        Wire::OpenAi => path.to_owned(),
        Wire::Anthropic => format!("/v1{path}{}", request.query_to_pass_on()),
    };
    let deadline = upstream_deadline(upstream.timeout(), request.arrived_at, request.deadline);
    let outgoing = UpstreamRequest {
        method: Method::GET,
        path: &path,
        headers: forwarded_headers(caller.wire, &request.headers, provider_key.is_some()),
        body: Bytes::new(),
        key: provider_key,
        deadline,
        endpoint: None,
        may_bill_retries: true,
    };
    let response = upstream.send(&outgoing).await.map_err(failure_error)?;
    // All endpoints share one error shape, and nothing else is read here.
    let endpoint = Endpoint::ChatCompletions;
    let buffered = BufferedResponse::read(response, endpoint, request.arrived_at, deadline).await;
    let buffered = buffered.map_err(failure_error)?;
    if buffered.rejects_our_key(provider_key) {
        return Err(ApiError::ProviderKeyRejected);
    }
    if !buffered.status.is_success() && buffered.fields.is_none() {
        return Err(ApiError::UpstreamMalformed);
    }
    Ok(buffered)
}

fn relay(response: BufferedResponse) -> Response {
    let headers = relayed_headers(&response.headers, HeaderMap::new());
    response.into_response(headers)
}
