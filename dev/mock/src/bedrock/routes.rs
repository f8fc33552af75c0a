//! The routes of Bedrock: the path names a model and a method.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request;
use serde_json::{Value, json};

use super::{errors, prompt};
use crate::anthropic;
use crate::endpoint::{Endpoint, Wire};
use crate::mock::Mock;
use crate::{exchange, free, reply};

pub(crate) fn routes() -> Router<Arc<Mock>> {
    Router::new().route("/model/{model}/{method}", post(call_model))
}

async fn call_model(
    State(mock): State<Arc<Mock>>,
    Path((model, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    let endpoint = match method.as_str() {
        "converse" => Endpoint::Converse,
        "converse-stream" => Endpoint::ConverseStream,
        "invoke" => Endpoint::Invoke,
        "invoke-with-response-stream" => Endpoint::InvokeStream,
        "count-tokens" => {
            let count = |_: &request::Parts, body: Value| reply::json(200, &count_tokens(&body));
            return free::run(&mock, Wire::Bedrock, "count-tokens", request, count).await;
        }
        _ => {
            let message = format!("Unknown operation {method}");
            return free::respond(&mock, Wire::Bedrock, request, || errors::error(404, &message)).await;
        }
    };
    // Some clients encode it twice.
    let model = model.replace("%3A", ":").replace("%2F", "/");
    exchange::run_model(mock, endpoint, Some(model), request).await
}

/// Of a Converse, or of the body of an Invoke in base64.
fn count_tokens(body: &Value) -> Value {
    let input = &body["input"];
    let tokens = match input["invokeModel"]["body"].as_str() {
        Some(encoded) => {
            let decoded = STANDARD.decode(encoded).unwrap_or_default();
            anthropic::count(&serde_json::from_slice(&decoded).unwrap_or_default())
        }
        None => prompt::count(&input["converse"]),
    };
    json!({ "inputTokens": tokens })
}
