//! `GET /v1/organization/usage/*` and `/v1/organization/costs`: what the mock served, as the provider reports it to
//! administrators. Results come in UTC buckets, paged by `limit`, and need an admin key.

mod page;
mod query;
mod report;

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use http::{Request, request};
use serde_json::Value;

use crate::endpoint::Wire;
use crate::errors::{self, InvalidKey};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::{free, intake, reply};

use query::ReportQuery;
pub(crate) use report::OrganizationReport;

pub(crate) async fn answer(mock: Arc<Mock>, report: OrganizationReport, request: Request<Body>) -> Response {
    let started = Instant::now();
    let response = match intake::receive(&mock, request).await {
        Ok((parts, _)) => respond(&mock, report, &parts).await,
        Err(invalid) => invalid.response(Wire::OpenAi),
    };
    reply::with_standard_headers(response, Wire::OpenAi, &Mock::next_id("req_"), started)
}

async fn respond(mock: &Mock, report: OrganizationReport, parts: &request::Parts) -> Response {
    let key = match intake::authorise(mock, Wire::OpenAi, parts) {
        Ok(key) if !key.starts_with("sk-") => return InvalidKey(Some(key)).response(Wire::OpenAi),
        Ok(key) if !key.starts_with("sk-admin-") => return errors::missing_scope(),
        Ok(key) => key,
        Err(wrong) => return wrong.response(Wire::OpenAi),
    };
    let behaviour = match free::behave(mock, Wire::OpenAi, report.name(), parts, &Value::Null, &key).await {
        Ok(behaviour) => behaviour,
        Err(refused) => return refused,
    };
    match behaviour.fault {
        Some(Fault::BadJson) => reply::bytes(200, "application/json", "{\"object\": \"page\", \"data\": ["),
        _ => match ReportQuery::read(report, &parts.uri, behaviour.page_buckets) {
            Ok(query) => reply::json(200, &query.page(mock)),
            Err(invalid) => invalid.response(Wire::OpenAi),
        },
    }
}
