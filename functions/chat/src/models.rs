//! `GET /v1/models`: the provider's own list. Reading it costs nothing, so it is no call of the ledger.

use std::time::{Duration, Instant};

use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use bytes::Bytes;
use domain::keys::{Caller, Scope};
use domain::usage::Usage;
use http::{HeaderMap, Method, StatusCode};
use openai::{Outgoing, ProviderKey, forwarded_headers, wire};
use serde_json::Value;
use web::{ApiError, Deadline, authenticate};

use crate::answer::{failure_error, relayed_headers};
use crate::call;
use crate::caller::Credentials;
use crate::openapi::{OpenAiError, Passed};
use crate::state::ChatState;

#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "openai",
    description = "The models the provider offers; for a key with an allow-list, those of them it may use.",
    responses(
        (status = 200, description = "The provider's list", body = Passed),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_models(
    State(state): State<ChatState>,
    deadline: Option<Extension<Deadline>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let caller = Asking::identify(&state, &headers).await?;
    let mut answer = relay(&state, "/models", &headers, &caller, deadline).await?;
    if answer.status.is_success()
        && let Some(key) = caller.key.filter(|key| key.models.is_some())
    {
        answer.body = usable(&key, &answer.body)?;
    }
    Ok(answer.into_response())
}

#[utoipa::path(
    get,
    path = "/v1/models/{model}",
    tag = "openai",
    description = "One model. A key whose allow-list does not name it gets 403, whether or not it exists.",
    params(("model" = String, Path, description = "Name of the model")),
    responses(
        (status = 200, description = "The provider's answer, byte for byte", body = Passed),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_model(
    State(state): State<ChatState>,
    model: Result<Path<String>, PathRejection>,
    deadline: Option<Extension<Deadline>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // What is no text names no model.
    let Ok(Path(model)) = model else { return Err(ApiError::NotFound) };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    // Anything else would be another path upstream.
    if model.starts_with('.') || !model.chars().all(is_plain) {
        return Err(ApiError::NotFound);
    }
    let caller = Asking::identify(&state, &headers).await?;
    if caller.key.as_ref().is_some_and(|key| !key.may_use(&model)) {
        return Err(ApiError::ModelNotAllowed(model));
    }
    Ok(relay(&state, &format!("/models/{model}"), &headers, &caller, deadline).await?.into_response())
}

/// Who asks: one of our keys, or a provider key of the caller's own.
struct Asking {
    key: Option<Caller>,
    provider_key: Option<ProviderKey>,
}

impl Asking {
    async fn identify(state: &ChatState, headers: &HeaderMap) -> Result<Self, ApiError> {
        let credentials = Credentials::from_headers(headers, state.hasher(), state.accepts_provider_keys())?;
        let key = match credentials.key {
            Some(_) => Some(authenticate(headers, Scope::Chat, state.hasher(), state.database()).await?),
            None => None,
        };
        Ok(Self { key, provider_key: credentials.provider_key })
    }
}

/// The provider's answer, fit to be passed on.
struct Relayed {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Relayed {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// The list without the models that the key may not use.
fn usable(key: &Caller, list: &[u8]) -> Result<Bytes, ApiError> {
    let mut list: Value = serde_json::from_slice(list).map_err(|_| ApiError::UpstreamMalformed)?;
    let models = list.get_mut("data").and_then(Value::as_array_mut).ok_or(ApiError::UpstreamMalformed)?;
    models.retain(|model| model["id"].as_str().is_some_and(|id| key.may_use(id)));
    Ok(list.to_string().into())
}

async fn relay(
    state: &ChatState,
    path: &str,
    headers: &HeaderMap,
    caller: &Asking,
    deadline: Option<Extension<Deadline>>,
) -> Result<Relayed, ApiError> {
    let provider_key = caller.provider_key.as_ref();
    let deadline = call::deadline(state, Instant::now(), deadline.map(|Extension(deadline)| deadline));
    let outgoing = Outgoing {
        method: Method::GET,
        path,
        headers: forwarded_headers(headers, provider_key.is_some()),
        body: Bytes::new(),
        key: provider_key,
        deadline,
        kind: None,
    };
    let answer = state.upstream().send(&outgoing).await.map_err(failure_error)?;
    let (status, headers) = (answer.status, relayed_headers(&answer.headers));
    let body = answer.read(deadline).await.map_err(|kind| {
        failure_error(openai::Failure {
            kind,
            attempts: 1,
            retried: Usage::default(),
            waited: Duration::default(),
        })
    })?;
    if status == StatusCode::UNAUTHORIZED && provider_key.is_none()
        || state.upstream().shows_key(&body, provider_key)
    {
        let message = "The provider refused its key.".to_owned();
        return Err(ApiError::Upstream { status, message, retry_after: None });
    }
    if !status.is_success() && wire::Answer::parse(wire::Kind::ChatCompletions, &body).is_none() {
        return Err(ApiError::UpstreamMalformed);
    }
    Ok(Relayed { status, headers, body })
}
