//! `POST /v1/…`: the providers' own APIs byte for byte, with metering around them.

mod bedrock;
mod gemini;
mod objects;
mod pass_on;
mod relay;
mod request;
mod target;

pub(crate) use self::bedrock::{
    __path_converse, __path_converse_stream, __path_count_bedrock_tokens, __path_invoke_model,
    __path_invoke_model_stream, converse, converse_stream, count_bedrock_tokens, invoke_model,
    invoke_model_stream, more_routes as more_bedrock_routes,
};
pub(crate) use self::gemini::{__path_call_model, call_model, more_routes as more_gemini_routes};
pub(crate) use self::pass_on::{Relayed, pass_on};
pub(crate) use self::relay::prepared;
pub(crate) use self::target::Target;
pub(crate) use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use domain::calls::Endpoint;
use web::ApiError;

use self::relay::relay;
use crate::incoming::IncomingRequest;
use crate::schema::{
    AnthropicError, LabelHeaders, MessagesRequest, MessagesResponses, OpenAiBody, OpenAiRequest,
    PassthroughResponses,
};
use crate::state::ChatState;

#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    description = "Creates a chat completion. With `stream: true`, the response is a stream of server-sent events. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiRequest,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_completion(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::ChatCompletions, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/responses",
    tag = "openai",
    description = "Creates a model response. With `stream: true`, the response is a stream of server-sent events. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiRequest,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_response(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::Responses, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/embeddings",
    tag = "openai",
    description = "Creates embeddings. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiRequest,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_embedding(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::Embeddings, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/completions",
    tag = "openai",
    description = "Creates a legacy completion. With `stream: true`, the response is a stream of server-sent events. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiRequest,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_legacy_completion(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::Completions, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/responses/compact",
    tag = "openai",
    description = "Compacts a conversation, which the provider bills. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiRequest,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn compact_response(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::ResponsesCompact, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/responses/input_tokens",
    tag = "openai",
    description = "Counts the input tokens of a response without creating it. The call is free: it counts towards limits on requests and concurrency, and is in the ledger at cost 0. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiRequest,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn count_input_tokens(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::ResponsesInputTokens, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/moderations",
    tag = "openai",
    description = "Classifies text and images. The call is free: it counts towards limits on requests and concurrency, and is in the ledger at cost 0. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = OpenAiBody,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn create_moderation(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::Moderations, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "anthropic",
    description = "Creates a message with an Anthropic model. With `stream: true`, the response is a stream of server-sent events. The request is forwarded to the provider with its query and its `anthropic-…` headers; the provider's API reference describes its fields.",
    params(LabelHeaders),
    request_body = MessagesRequest,
    responses(
        MessagesResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AnthropicError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn create_message(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::Messages, request, body).await
}

#[utoipa::path(
    post,
    path = "/v1/messages/count_tokens",
    tag = "anthropic",
    description = "Counts the input tokens of a message without creating it. The call is free: it counts towards limits on requests and concurrency, and is in the ledger at cost 0. The request is forwarded to the provider, whose API reference describes its fields.",
    params(LabelHeaders),
    request_body = MessagesRequest,
    responses(
        MessagesResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AnthropicError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn count_message_tokens(
    State(state): State<ChatState>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay_endpoint(state, Endpoint::MessagesCountTokens, request, body).await
}

/// Relays a request whose body names its model.
async fn relay_endpoint(
    state: ChatState,
    endpoint: Endpoint,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    let target = Target::of(endpoint, &request);
    relay(state, target, request, body).await
}
