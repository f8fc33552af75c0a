//! The routes of Anthropic, without those of models, which it shares with others.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{StatusCode, request};
use serde_json::Value;

use super::{count_tokens, organization};
use crate::endpoint::{Endpoint, Wire};
use crate::mock::Mock;
use crate::{exchange, free, reply};

pub(crate) fn routes() -> Router<Arc<Mock>> {
    Router::new()
        .route("/v1/messages", post(create_message))
        .route("/v1/messages/count_tokens", post(count_message_tokens))
        .route("/v1/organizations/usage_report/messages", get(organization::report_usage))
        .route("/v1/organizations/cost_report", get(organization::report_costs))
        .route("/api/hello", get(greet))
}

async fn create_message(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Messages, request).await
}

async fn count_message_tokens(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let count = |_: &request::Parts, body: Value| match count_tokens(&body) {
        Ok(counted) => reply::json(200, &counted),
        Err(invalid) => invalid.response(Wire::Anthropic),
    };
    free::run(&mock, Wire::Anthropic, "messages/count_tokens", request, count).await
}

/// Claude Code opens its connection with it.
async fn greet() -> StatusCode {
    StatusCode::NO_CONTENT
}
