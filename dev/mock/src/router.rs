//! Which request is answered where. OpenAI's handlers are here, those of other providers in their modules.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::request;
use serde_json::Value;

use crate::billing::BilledKind;
use crate::endpoint::{Endpoint, Wire};
use crate::endpoints::organization::{self, OrganizationReport};
use crate::endpoints::responses::{self, StoredAction};
use crate::endpoints::{models, moderations};
use crate::errors::{self, InvalidRequest};
use crate::mock::Mock;
use crate::{anthropic, bedrock, control, exchange, free, gemini, reply};

/// The routes of OpenAI, and those of the others.
pub(crate) fn router(mock: Arc<Mock>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(create_completion))
        .route("/v1/responses", post(create_response))
        .route("/v1/responses/compact", post(compact_response))
        .route("/v1/responses/input_tokens", post(count_input_tokens))
        .route("/v1/responses/{id}", get(retrieve_response).delete(delete_response))
        .route("/v1/responses/{id}/cancel", post(cancel_response))
        .route("/v1/responses/{id}/input_items", get(list_input_items))
        .route("/v1/completions", post(create_legacy_completion))
        .route("/v1/embeddings", post(create_embedding))
        .route("/v1/moderations", post(create_moderation))
        .route("/v1/models", get(list_models))
        .route("/v1/models/{*id}", get(find_model).post(gemini::call_model))
        .route("/v1/organization/usage/completions", get(list_completions_usage))
        .route("/v1/organization/usage/embeddings", get(list_embeddings_usage))
        .route("/v1/organization/costs", get(list_costs))
        .merge(anthropic::routes())
        .merge(gemini::routes())
        .merge(bedrock::routes())
        .merge(control::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(mock)
}

async fn create_completion(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Chat, request).await
}

async fn create_response(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Responses, request).await
}

async fn create_embedding(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Embeddings, request).await
}

async fn create_legacy_completion(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Completions, request).await
}

async fn compact_response(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Compact, request).await
}

async fn count_input_tokens(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let count = |_: &request::Parts, body: Value| {
        let history = mock.responses().history(&body);
        reply::json(200, &responses::count_input(&body, &history))
    };
    free::run(&mock, Wire::OpenAi, "responses/input_tokens", request, count).await
}

async fn create_moderation(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let moderate = |_: &request::Parts, body: Value| match moderations::answer(&body) {
        Ok(answer) => reply::json(200, &answer),
        Err(invalid) => invalid.response(Wire::OpenAi),
    };
    free::run(&mock, Wire::OpenAi, "moderations", request, moderate).await
}

async fn retrieve_response(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::Retrieve, &id, request).await
}

async fn delete_response(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::Delete, &id, request).await
}

async fn cancel_response(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::Cancel, &id, request).await
}

async fn list_input_items(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::ListInput, &id, request).await
}

async fn serve_stored(mock: &Mock, action: StoredAction, id: &str, request: Request) -> Response {
    free::run(mock, Wire::OpenAi, action.name(), request, |parts, _| {
        responses::serve(mock, action, id, parts)
    })
    .await
}

/// Whose models are meant: Anthropic's clients name the version of its API, Google's themselves.
fn wire_of(request: &Request) -> Wire {
    let has = |name: &str| request.headers().contains_key(name);
    if has("anthropic-version") {
        Wire::Anthropic
    } else if has("x-goog-api-client") || has("x-goog-api-key") {
        Wire::Gemini
    } else {
        Wire::OpenAi
    }
}

async fn list_models(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let wire = wire_of(&request);
    let list = || match wire {
        Wire::OpenAi | Wire::Bedrock => models::list(),
        Wire::Anthropic => anthropic::list_models(),
        Wire::Gemini => gemini::list_models(),
    };
    free::respond(&mock, wire, request, || reply::json(200, &list())).await
}

async fn find_model(State(mock): State<Arc<Mock>>, Path(id): Path<String>, request: Request) -> Response {
    let wire = wire_of(&request);
    let found = match wire {
        Wire::OpenAi | Wire::Bedrock => models::find(&id).ok_or_else(|| InvalidRequest::model_not_found(&id)),
        Wire::Anthropic => anthropic::find_model(&id),
        Wire::Gemini => gemini::find_model(&id),
    };
    let respond = || found.map_or_else(|missing| missing.response(wire), |model| reply::json(200, &model));
    free::respond(&mock, wire, request, respond).await
}

async fn list_completions_usage(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, OrganizationReport::Usage(BilledKind::Completions), request).await
}

async fn list_embeddings_usage(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, OrganizationReport::Usage(BilledKind::Embeddings), request).await
}

async fn list_costs(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, OrganizationReport::Costs, request).await
}

async fn unknown_path(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let message = format!("Invalid URL ({} {})", request.method(), request.uri().path());
    let body = errors::object(&message, "invalid_request_error", None, None);
    free::respond(&mock, Wire::OpenAi, request, || reply::json(404, &body)).await
}

async fn wrong_method(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let message = format!("Not allowed to {} on {}.", request.method(), request.uri().path());
    let body = errors::object(&message, "invalid_request_error", None, Some("method_not_supported"));
    free::respond(&mock, Wire::OpenAi, request, || reply::json(405, &body)).await
}
