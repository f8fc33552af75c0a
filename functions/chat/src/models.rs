//! `GET /v1/models`: the provider's own list. Reading it costs nothing, so it is no call of the ledger.

use std::time::{Duration, Instant};

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method};
use shared::db::keys::Scope;
use shared::http::{ApiError, Deadline, authenticate};
use shared::openai::{Outgoing, forwarded_headers, wire};

use shared::usage::Usage;

use crate::answer::{failure_error, relayed_headers};
use crate::caller::Credentials;
use crate::openapi::{OpenAiError, Passed};
use crate::state::ChatState;

#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "openai",
    description = "The models the provider offers.",
    responses(
        (status = 200, description = "The provider's answer, byte for byte", body = Passed),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_models(
    State(state): State<ChatState>,
    deadline: Option<Extension<Deadline>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    relay(&state, "/models", &headers, deadline).await
}

#[utoipa::path(
    get,
    path = "/v1/models/{model}",
    tag = "openai",
    description = "One model.",
    params(("model" = String, Path, description = "Name of the model")),
    responses(
        (status = 200, description = "The provider's answer, byte for byte", body = Passed),
        (status = "default", description = "The provider's error, or ours in its shape", body = OpenAiError),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_model(
    State(state): State<ChatState>,
    Path(model): Path<String>,
    deadline: Option<Extension<Deadline>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    // Anything else would be another path upstream.
    if model.starts_with('.') || !model.chars().all(is_plain) {
        return Err(ApiError::NotFound);
    }
    relay(&state, &format!("/models/{model}"), &headers, deadline).await
}

async fn relay(
    state: &ChatState,
    path: &str,
    headers: &HeaderMap,
    deadline: Option<Extension<Deadline>>,
) -> Result<Response, ApiError> {
    let credentials = Credentials::from_headers(headers, state.hasher(), state.accepts_provider_keys())?;
    let provider_key = credentials.provider_key.as_ref();
    if credentials.key.is_some() {
        authenticate(headers, Scope::Chat, state.hasher(), state.database()).await?;
    }
    let patience = Instant::now() + state.upstream().timeout();
    let deadline = deadline.map_or(patience, |Extension(Deadline(at))| at.min(patience));
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
        failure_error(shared::openai::Failure {
            kind,
            attempts: 1,
            retried: Usage::default(),
            waited: Duration::default(),
        })
    })?;
    if status == http::StatusCode::UNAUTHORIZED && provider_key.is_none()
        || state.upstream().shows_key(&body, provider_key)
    {
        let message = "The provider refused its key.".to_owned();
        return Err(ApiError::Upstream { status, message, retry_after: None });
    }
    if !status.is_success() && wire::Answer::parse(wire::Kind::ChatCompletions, &body).is_none() {
        return Err(ApiError::UpstreamMalformed);
    }
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
