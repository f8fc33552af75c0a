//! `/__mock/*`: the library's control functions for tests that run in another process.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::counters::Counters;
use crate::mock::{Mock, RecordedRequest};
use crate::script::Script;

pub(crate) fn routes() -> Router<Arc<Mock>> {
    Router::new()
        .route("/__mock/counters", get(get_counters))
        .route("/__mock/requests", get(list_requests))
        .route("/__mock/reset", post(reset))
        .route("/__mock/script", post(add_script))
        .route("/__mock/keys", post(set_keys))
}

async fn get_counters(State(mock): State<Arc<Mock>>) -> Json<Counters> {
    let counters = mock.counters().clone();
    Json(counters)
}

#[derive(Serialize)]
struct LoggedRequest {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    /// Invalid UTF-8 is replaced.
    body: String,
}

impl From<RecordedRequest> for LoggedRequest {
    fn from(request: RecordedRequest) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = request.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Self {
            method: request.method,
            path: request.path,
            headers: headers.collect(),
            body: text(&request.body),
        }
    }
}

async fn list_requests(State(mock): State<Arc<Mock>>) -> Json<Vec<LoggedRequest>> {
    Json(mock.requests().into_iter().map(LoggedRequest::from).collect())
}

async fn reset(State(mock): State<Arc<Mock>>) -> StatusCode {
    mock.reset();
    StatusCode::NO_CONTENT
}

async fn add_script(State(mock): State<Arc<Mock>>, Json(script): Json<Script>) -> StatusCode {
    mock.add_script(script);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct AcceptedKeys {
    keys: Option<HashSet<String>>,
}

async fn set_keys(State(mock): State<Arc<Mock>>, Json(body): Json<AcceptedKeys>) -> StatusCode {
    mock.set_keys(body.keys);
    StatusCode::NO_CONTENT
}
