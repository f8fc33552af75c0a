//! `GET /v1/models`: the provider's own list. Reading it costs nothing, so it is not a call in the ledger.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use domain::calls::{Endpoint, Wire};
use domain::keys::{Caller, Scope};
use http::{HeaderMap, Method};
use serde_json::Value;
use upstream::{ProviderKey, UpstreamRequest, forwarded_headers};
use web::{ApiError, is_google_client};

use crate::buffered::BufferedResponse;
use crate::call::upstream_deadline;
use crate::credentials::Credentials;
use crate::failure::failure_error;
use crate::headers::relayed_headers;
use crate::incoming::IncomingRequest;
use crate::schema::{GoogleError, OpenAiBody, OpenAiError};
use crate::state::ChatState;

#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "openai",
    description = "Lists the provider's models: Anthropic's if the request has the header `anthropic-version`, Gemini's if it has `x-goog-api-client`, `x-goog-api-key` or `?key=`, else OpenAI's. A key with an allow-list sees only the models it may use.",
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
    list(&state, wire_of(&request), "/v1", request).await
}

#[utoipa::path(
    get,
    path = "/v1beta/models",
    tag = "gemini",
    description = "Lists Gemini's models. A key with an allow-list sees only the models it may use.",
    responses(
        (status = 200, description = "The provider's models", body = OpenAiBody),
        (status = "default", description = "The provider's error, or one of Tokenmeter in the same format", body = GoogleError),
    ),
    security(("key" = []), ("x_goog_api_key" = [])),
)]
pub(crate) async fn list_gemini_models(
    State(state): State<ChatState>,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    list(&state, Wire::Gemini, "/v1beta", request).await
}

#[utoipa::path(
    get,
    path = "/v1beta/models/{model}",
    tag = "gemini",
    description = "Returns one of Gemini's models. If the key has an allow-list without this model, the response is 403 whether or not it exists.",
    params(("model" = String, Path, description = "Name of the model")),
    responses(
        (status = 200, description = "The provider's response, byte for byte", body = OpenAiBody),
        (status = "default", description = "The provider's error, or one of Tokenmeter in the same format", body = GoogleError),
    ),
    security(("key" = []), ("x_goog_api_key" = [])),
)]
pub(crate) async fn get_gemini_model(
    State(state): State<ChatState>,
    model: Result<Path<String>, PathRejection>,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    get_one(&state, Wire::Gemini, "/v1beta", model, request).await
}

/// Gemini's models under its other versions, and under the prefix of the provider.
pub(crate) fn more_gemini_routes() -> Router<ChatState> {
    let mut router = Router::new();
    for version in ["/v1beta", "/v1alpha", "/v1"] {
        let listed = get(move |State(state): State<ChatState>, request: IncomingRequest| async move {
            list(&state, Wire::Gemini, version, request).await
        });
        let found = get(
            move |State(state): State<ChatState>,
                  model: Result<Path<String>, PathRejection>,
                  request: IncomingRequest| async move {
                get_one(&state, Wire::Gemini, version, model, request).await
            },
        );
        if version == "/v1alpha" {
            router = router
                .route(&format!("{version}/models"), listed.clone())
                .route(&format!("{version}/models/{{model}}"), found.clone());
        }
        router = router
            .route(&format!("/gemini{version}/models"), listed)
            .route(&format!("/gemini{version}/models/{{model}}"), found);
    }
    router
}

async fn list(
    state: &ChatState,
    wire: Wire,
    version: &str,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    let caller = ModelsCaller::identify(state, wire, &request).await?;
    let mut response = fetch(state, &format!("{version}/models"), &request, &caller).await?;
    if response.status.is_success()
        && let Some(key) = caller.key.filter(|key| key.models.is_some())
    {
        response.body = allowed_models(&key, wire, &response.body)?;
    }
    Ok(relay(response))
}

async fn get_one(
    state: &ChatState,
    wire: Wire,
    version: &str,
    model: Result<Path<String>, PathRejection>,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    // A path that is not UTF-8 names no model.
    let Some(model) = model.ok().map(|Path(model)| model).filter(|model| is_model_path(model)) else {
        return Err(ApiError::NotFound);
    };
    let caller = ModelsCaller::identify(state, wire, &request).await?;
    if caller.key.as_ref().is_some_and(|key| !key.may_use(&model)) {
        return Err(ApiError::ModelNotAllowed(model));
    }
    Ok(relay(fetch(state, &format!("{version}/models/{model}"), &request, &caller).await?))
}

/// Whose models are meant: three providers list theirs under the same path. All of Anthropic's SDKs name the version of
/// its API, and Google's name themselves.
fn wire_of(request: &IncomingRequest) -> Wire {
    if let Some(route) = &request.route {
        route.wire()
    } else if request.headers.contains_key("anthropic-version") {
        Wire::Anthropic
    } else if is_google_client(request.query.as_deref(), &request.headers) {
        Wire::Gemini
    } else {
        Wire::OpenAi
    }
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
    let wire = wire_of(&request);
    get_one(&state, wire, "/v1", model, request).await
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
    async fn identify(state: &ChatState, wire: Wire, request: &IncomingRequest) -> Result<Self, ApiError> {
        let credentials = Credentials::of(request, wire, state)?;
        let key = credentials.authenticate(Scope::Chat, state).await?;
        Ok(Self { key, provider_key: credentials.provider_key, wire })
    }
}

/// The list without the models that the key may not use.
fn allowed_models(key: &Caller, wire: Wire, list: &[u8]) -> Result<Bytes, ApiError> {
    let (member, name, prefix) = match wire {
        Wire::OpenAi | Wire::Anthropic => ("data", "id", ""),
        Wire::Gemini => ("models", "name", "models/"),
    };
    let mut list: Value = serde_json::from_slice(list).map_err(|_| ApiError::UpstreamMalformed)?;
    let models = list.get_mut(member).and_then(Value::as_array_mut).ok_or(ApiError::UpstreamMalformed)?;
    let may_use = |id: &str| key.may_use(id.strip_prefix(prefix).unwrap_or(id));
    models.retain(|model| model[name].as_str().is_some_and(may_use));
    Ok(list.to_string().into())
}

async fn fetch(
    state: &ChatState,
    path: &str,
    request: &IncomingRequest,
    caller: &ModelsCaller,
) -> Result<BufferedResponse, ApiError> {
    let (upstream, provider_key) = (request.client(caller.wire, state)?, caller.provider_key.as_ref());
    let path = match caller.wire {
        // The version is part of the base URL.
        Wire::OpenAi => request.path_at_upstream(path.trim_start_matches("/v1").to_owned()),
        Wire::Anthropic => path.to_owned() + &request.query_to_pass_on(),
        Wire::Gemini => path.to_owned() + &request.gemini_query(),
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
    // Nothing but errors is read here, and all endpoints of a provider share their shape.
    let endpoint = match caller.wire {
        Wire::OpenAi | Wire::Anthropic => Endpoint::ChatCompletions,
        Wire::Gemini => Endpoint::CountTokens,
    };
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
