//! The methods of Gemini's models. The path names version, model and method.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderValue, header};
use web::ApiError;

use super::relay::relay;
use super::target::Target;
use crate::incoming::IncomingRequest;
use crate::schema::{GeminiRequest, GeminiResponses, GoogleError, LabelHeaders};
use crate::state::ChatState;

/// The version that clients use by default; its paths are in the OpenAPI document.
const DEFAULT_VERSION: &str = "v1beta";

#[utoipa::path(
    post,
    path = "/v1beta/models/{model}",
    tag = "gemini",
    description = "Calls a method of a Gemini model: `generateContent`, `streamGenerateContent`, `embedContent`, `batchEmbedContents` or `countTokens`, which is free. With `alt=sse`, a stream consists of server-sent events, otherwise it is one JSON array. The request is forwarded to the provider, whose API reference describes its fields. `/v1` and `/v1alpha` are served like `/v1beta`.",
    params(
        ("model" = String, Path, description = "Name of the model, a colon and the method", example = "gemini-3.5-flash:generateContent"),
        LabelHeaders,
    ),
    request_body = GeminiRequest,
    responses(
        GeminiResponses,
        (status = 429, description = "A limit or the provider refused the call", body = GoogleError),
    ),
    security(("key" = []), ("x_goog_api_key" = [])),
)]
pub(crate) async fn call_model(
    State(state): State<ChatState>,
    call: Result<Path<String>, PathRejection>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    call_as((DEFAULT_VERSION, "models"), state, call, request, body).await
}

/// The same under the other versions, under the prefix of the provider, and for tuned models.
pub(crate) fn more_routes() -> Router<ChatState> {
    let mut router = Router::new();
    for version in ["v1beta", "v1alpha", "v1"] {
        for kind in ["models", "tunedModels"] {
            let served = post(
                move |State(state): State<ChatState>,
                      call: Result<Path<String>, PathRejection>,
                      request: IncomingRequest,
                      body: Body| call_as((version, kind), state, call, request, body),
            );
            let below_prefix = post(
                move |State(state): State<ChatState>,
                      call: Result<Path<String>, PathRejection>,
                      request: IncomingRequest,
                      body: Body| {
                    let request = request.below_prefix(true);
                    call_as((version, kind), state, call, request, body)
                },
            );
            if (version, kind) != (DEFAULT_VERSION, "models") {
                router = router.route(&format!("/{version}/{kind}/{{model}}"), served);
            }
            router = router.route(&format!("/gemini/{version}/{kind}/{{model}}"), below_prefix);
        }
    }
    router
}

async fn call_as(
    (version, kind): (&str, &str),
    state: ChatState,
    call: Result<Path<String>, PathRejection>,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    // A path that is not UTF-8 names no model.
    let Path(call) = call.map_err(|_| ApiError::NotFound)?;
    if version == "v1" && !call.contains(':') {
        // Three providers have their models there.
        let message = format!("Tokenmeter does not serve `POST /v1/{kind}/{call}`. Use GET.");
        let mut refused = ApiError::MethodNotSupported(message).into_response();
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
        return Ok(refused);
    }
    let target = Target::of_model((version, kind, &call), &request)?;
    relay(state, target, request, body).await
}
