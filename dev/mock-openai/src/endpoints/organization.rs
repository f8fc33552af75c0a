//! `GET /v1/organization/usage/*` and `/v1/organization/costs`: what the mock served, as the provider reports it to
//! administrators. Results come in UTC buckets, paged by `limit`, and need an admin key.

mod page;
mod query;
mod report;

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use http::{Request, request};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::endpoint::Endpoint;
use crate::errors::{self, InvalidKey, InvalidRequest};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::{intake, refusal, reply};

use query::ReportQuery;
pub(crate) use report::OrganizationReport;

pub(crate) async fn answer(mock: Arc<Mock>, report: OrganizationReport, request: Request<Body>) -> Response {
    let started = Instant::now();
    let response = match intake::receive(&mock, request).await {
        Ok((parts, _)) => respond(&mock, report, &parts).await,
        Err(invalid) => invalid.response(),
    };
    reply::with_standard_headers(response, &Mock::next_id("req_"), started)
}

async fn respond(mock: &Mock, report: OrganizationReport, parts: &request::Parts) -> Response {
    let key = match intake::authorise(mock, &parts.headers) {
        Ok(key) if !key.starts_with("sk-") => return InvalidKey(Some(key.to_owned())).response(),
        Ok(key) if !key.starts_with("sk-admin-") => return errors::missing_scope(),
        Ok(key) => key,
        Err(wrong) => return wrong.response(),
    };
    let mut behaviour = match Behaviour::read("", &Value::Null, &parts.headers) {
        Ok(behaviour) => behaviour,
        Err(bad) => {
            let message = format!("The mock cannot read '{}'.", bad.0);
            return InvalidRequest::param(message, &bad.0, "mock_parameter").response();
        }
    };
    if let Some(step) = mock.scripted(report.name(), &parts.headers, behaviour.tag.as_deref()) {
        behaviour.overlay(step);
    }
    if !behaviour.latency().is_zero() {
        tokio::time::sleep(behaviour.latency()).await;
    }
    if let Some(fault) = behaviour.fault
        && let Some(response) = refusal::refuse(fault, &behaviour, Endpoint::Chat, report.name(), key)
    {
        return response;
    }
    match behaviour.fault {
        Some(Fault::Hang) => pending::<Response>().await,
        Some(Fault::BadJson) => reply::bytes(200, "application/json", "{\"object\": \"page\", \"data\": ["),
        _ => match ReportQuery::read(report, &parts.uri, behaviour.page_buckets) {
            Ok(query) => reply::json(200, &query.page(mock)),
            Err(invalid) => invalid.response(),
        },
    }
}
