//! `/v1/responses/{id}`: responses that the provider has stored. Calls about them are free, and only their owner makes
//! them.

mod relay;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::calls::Endpoint;
use web::ApiError;

use self::relay::relay;
use crate::incoming::IncomingRequest;
use crate::schema::{OpenAiBody, PassthroughResponses, ResponseId, StoredLabelHeaders};
use crate::state::ChatState;

#[utoipa::path(
    get,
    path = "/v1/responses/{response_id}",
    tag = "openai",
    description = "Returns a stored response. With `stream=true`, a response that was created in the background as a stream is streamed again. The call is free: it counts towards limits on requests and concurrency, and is in the ledger at cost 0. Only the key that made the response and keys that are bound to its label can read it; for all others, there is no such response. Query parameters are forwarded to the provider, whose API reference describes them.",
    params(ResponseId, StoredLabelHeaders),
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn retrieve_response(
    State(state): State<ChatState>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    relay(state, (Endpoint::ResponsesRetrieve, id), query, request, Body::empty()).await
}

#[utoipa::path(
    delete,
    path = "/v1/responses/{response_id}",
    tag = "openai",
    description = "Deletes a stored response. The call is free, and only the owner of the response can make it, as for its retrieval.",
    params(ResponseId, StoredLabelHeaders),
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn delete_response(
    State(state): State<ChatState>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    relay(state, (Endpoint::ResponsesDelete, id), query, request, Body::empty()).await
}

#[utoipa::path(
    post,
    path = "/v1/responses/{response_id}/cancel",
    tag = "openai",
    description = "Cancels a response that was created in the background. The call is free, and only the owner of the response can make it, as for its retrieval.",
    params(ResponseId, StoredLabelHeaders),
    request_body = Option<OpenAiBody>,
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn cancel_response(
    State(state): State<ChatState>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    relay(state, (Endpoint::ResponsesCancel, id), query, request, body).await
}

#[utoipa::path(
    get,
    path = "/v1/responses/{response_id}/input_items",
    tag = "openai",
    description = "Lists the input items of a stored response. The call is free, and only the owner of the response can make it, as for its retrieval. Query parameters are forwarded to the provider.",
    params(ResponseId, StoredLabelHeaders),
    responses(PassthroughResponses),
    security(("key" = [])),
)]
pub(crate) async fn list_input_items(
    State(state): State<ChatState>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    request: IncomingRequest,
) -> Result<Response, ApiError> {
    relay(state, (Endpoint::ResponsesInputItems, id), query, request, Body::empty()).await
}
