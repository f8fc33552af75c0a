//! Gemini's models, under each version of its API and under the prefix of the provider.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use domain::calls::Wire;
use web::ApiError;

use super::{get_one, list};
use crate::incoming::IncomingRequest;
use crate::schema::{GoogleError, OpenAiBody};
use crate::state::ChatState;

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
pub(crate) fn more_routes() -> Router<ChatState> {
    let mut router = Router::new();
    for version in ["/v1beta", "/v1alpha", "/v1"] {
        for prefix in ["", "/gemini"] {
            if prefix.is_empty() && version != "/v1alpha" {
                continue;
            }
            let is_below_prefix = !prefix.is_empty();
            let listed = get(move |State(state): State<ChatState>, request: IncomingRequest| async move {
                let request = request.below_prefix(is_below_prefix);
                list(&state, Wire::Gemini, version, request).await
            });
            let found = get(
                move |State(state): State<ChatState>,
                      model: Result<Path<String>, PathRejection>,
                      request: IncomingRequest| async move {
                    let request = request.below_prefix(is_below_prefix);
                    get_one(&state, Wire::Gemini, version, model, request).await
                },
            );
            router = router
                .route(&format!("{prefix}{version}/models"), listed)
                .route(&format!("{prefix}{version}/models/{{model}}"), found);
        }
    }
    router
}
