//! `GET /v1/models`: the provider's own list. Reading it costs nothing, so it is not a call in the ledger.

mod gemini;
mod listed;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::calls::{Endpoint, Wire};
use domain::keys::{Caller, Scope};
use domain::model_routes::ModelRouteRow;
use http::{HeaderMap, Method};
use upstream::{ProviderKey, UpstreamRequest, forwarded_headers};
use web::{ApiError, is_google_client};

pub(crate) use self::gemini::{
    __path_get_gemini_model, __path_list_gemini_models, get_gemini_model, list_gemini_models,
    more_routes as more_gemini_routes,
};
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

async fn list(
    state: &ChatState,
    wire: Wire,
    version: &str,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    let caller = ModelsCaller::identify(state, wire, &request).await?;
    if request.may_be_routed() {
        // No admission has brought routes that were added since the last one.
        state.reload_for_unknown().await?;
    }
    let mut response = fetch(state, &format!("{version}/models"), &request, &caller).await?;
    let routes = caller.routes(state, &request);
    let has_allow_list = caller.key.as_ref().is_some_and(|key| key.models.is_some());
    if response.status.is_success() && (has_allow_list || !routes.is_empty()) {
        let may_use = |model: &str| caller.may_use(model);
        match listed::edited(wire, &response.body, may_use, &routes) {
            Some(body) => response.body = body,
            None if has_allow_list => return Err(ApiError::UpstreamMalformed),
            // Another format, as clients may ask for: it stays as it is.
            None => {}
        }
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
    if !caller.may_use(&model) {
        return Err(ApiError::ModelNotAllowed(model));
    }
    if let Some(route) = caller.routes(state, &request).iter().find(|route| route.facts.model == model) {
        return Ok(Json(listed::entry(route)).into_response());
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

    fn may_use(&self, model: &str) -> bool {
        self.key.as_ref().is_none_or(|key| key.may_use(model))
    }

    /// The model routes that the caller can name here.
    fn routes(&self, state: &ChatState, request: &IncomingRequest) -> Vec<Arc<ModelRouteRow>> {
        if !request.may_be_routed() || self.provider_key.is_some() {
            return Vec::new();
        }
        let mut routes = state.routes_of(self.wire);
        routes.retain(|route| self.may_use(&route.facts.model));
        routes
    }
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
        // Its runtime lists no models, so no path leads here.
        Wire::Bedrock => path.to_owned(),
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
        Wire::OpenAi | Wire::Anthropic | Wire::Bedrock => Endpoint::ChatCompletions,
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
