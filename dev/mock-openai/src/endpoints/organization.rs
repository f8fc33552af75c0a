//! `GET /v1/organization/usage/*` and `/v1/organization/costs`: what the mock served, as the provider tells an
//! administrator. Figures come in buckets of UTC time, paged by `limit`; admin keys alone may see them.

mod figures;
mod page;
mod query;

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use http::{Request, request};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::endpoint::Endpoint;
use crate::errors::{self, Invalid, WrongKey};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::{intake, refusal, reply};

pub(crate) use figures::Figures;
use query::Query;

pub(crate) async fn answer(mock: Arc<Mock>, figures: Figures, request: Request<Body>) -> Response {
    let started = Instant::now();
    let response = match intake::receive(&mock, request).await {
        Ok((parts, _)) => steered(&mock, figures, &parts).await,
        Err(invalid) => invalid.response(),
    };
    reply::stamp(response, &mock.next_id("req_"), started)
}

async fn steered(mock: &Mock, figures: Figures, parts: &request::Parts) -> Response {
    let key = match intake::authorise(mock, &parts.headers) {
        Ok(key) if !key.starts_with("sk-") => return WrongKey(Some(key.to_owned())).response(),
        Ok(key) if !key.starts_with("sk-admin-") => return errors::missing_scope(),
        Ok(key) => key,
        Err(wrong) => return wrong.response(),
    };
    let mut wanted = match Behaviour::read("", &Value::Null, &parts.headers) {
        Ok(wanted) => wanted,
        Err(bad) => {
            let message = format!("The mock cannot read '{}'.", bad.0);
            return Invalid::param(message, &bad.0, "mock_parameter").response();
        }
    };
    if let Some(step) = mock.scripted(figures.name(), &parts.headers, wanted.tag.as_deref()) {
        wanted.overlay(step);
    }
    if !wanted.latency().is_zero() {
        tokio::time::sleep(wanted.latency()).await;
    }
    if let Some(fault) = wanted.fault
        && let Some(response) = refusal::refusal(fault, &wanted, Endpoint::Chat, figures.name(), key)
    {
        return response;
    }
    match wanted.fault {
        Some(Fault::Hang) => pending::<Response>().await,
        Some(Fault::BadJson) => reply::bytes(200, "application/json", "{\"object\": \"page\", \"data\": ["),
        _ => match Query::read(figures, &parts.uri, wanted.page_buckets) {
            Ok(query) => reply::json(200, &query.page(mock)),
            Err(invalid) => invalid.response(),
        },
    }
}
