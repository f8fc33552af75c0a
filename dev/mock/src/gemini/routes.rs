//! The routes of Gemini: the last path segment names a model and a method.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::{Method, request};
use serde_json::Value;

use super::{count_tokens, errors, models};
use crate::endpoint::{Endpoint, Wire};
use crate::mock::Mock;
use crate::{exchange, free, reply};

/// Under `/v1` it shares the paths of models with others.
pub(crate) fn routes() -> Router<Arc<Mock>> {
    ["/v1beta", "/v1alpha"].into_iter().fold(Router::new(), |router, version| {
        router
            .route(&format!("{version}/models"), get(list_models))
            .route(&format!("{version}/models/{{call}}"), get(find_model).post(call_model))
            .route(&format!("{version}/{{*path}}"), any(unknown_path))
    })
}

async fn list_models(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    free::respond(&mock, Wire::Gemini, request, || reply::json(200, &models::list())).await
}

async fn find_model(State(mock): State<Arc<Mock>>, Path(model): Path<String>, request: Request) -> Response {
    let respond = || match models::find(&model) {
        Ok(found) => reply::json(200, &found),
        Err(missing) => missing.response(Wire::Gemini),
    };
    free::respond(&mock, Wire::Gemini, request, respond).await
}

pub(crate) async fn call_model(
    State(mock): State<Arc<Mock>>,
    Path(call): Path<String>,
    request: Request,
) -> Response {
    let (model, method) = call.rsplit_once(':').unwrap_or((&call, ""));
    let endpoint = match method {
        "generateContent" => Endpoint::GenerateContent,
        "streamGenerateContent" => Endpoint::StreamContent,
        "embedContent" => Endpoint::EmbedContent,
        "batchEmbedContents" => Endpoint::BatchEmbed,
        "countTokens" => {
            let count = |_: &request::Parts, body: Value| reply::json(200, &count_tokens(&body));
            return free::run(&mock, Wire::Gemini, "countTokens", request, count).await;
        }
        _ => return unknown_path(State(mock), request).await,
    };
    exchange::run_model(mock, endpoint, Some(model.to_owned()), request).await
}

async fn unknown_path(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let status = if request.method() == Method::POST || request.method() == Method::GET { 404 } else { 405 };
    let message = format!("Requested entity was not found: {}.", request.uri().path());
    free::respond(&mock, Wire::Gemini, request, || errors::error(status, &message)).await
}
