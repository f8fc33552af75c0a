//! `POST /v1/…`: OpenAI's API byte for byte, with metering around it.

mod relay;
mod request;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use domain::calls::Endpoint;
use web::ApiError;

use self::relay::relay;
use crate::incoming::IncomingRequest;
use crate::schema::{LabelHeaders, OpenAiBody, PassthroughResponses};
use crate::state::ChatState;

#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    description = "Creates a chat completion. With `stream: true`, the response is a stream of server-sent events. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiBody,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_completion(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, Endpoint::ChatCompletions, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/responses",
    tag = "openai",
    description = "Creates a model response. With `stream: true`, the response is a stream of server-sent events. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiBody,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_response(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, Endpoint::Responses, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/embeddings",
    tag = "openai",
    description = "Creates embeddings. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiBody,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_embedding(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, Endpoint::Embeddings, request, body).await
}
