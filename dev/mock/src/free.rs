//! Requests that cost nothing: logged, authorised and open to faults, but not counted.

use std::future::pending;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use http::{Request, request};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::endpoint::Wire;
use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::mock::Mock;
use crate::reset::ResetHandle;
use crate::{intake, refusal, reply};

/// `name` selects scripts, in place of a model. The body is null if it is not JSON.
pub(crate) async fn run(
    mock: &Mock,
    wire: Wire,
    name: &str,
    request: Request<Body>,
    respond: impl FnOnce(&request::Parts, Value) -> Response,
) -> Response {
    let started = Instant::now();
    let response = match intake::receive(mock, request).await {
        Ok((parts, body)) => {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            match authorised(mock, wire, name, &parts, &body).await {
                Ok(()) => respond(&parts, body),
                Err(refused) => refused,
            }
        }
        Err(invalid) => invalid.response(wire),
    };
    reply::with_standard_headers(response, wire, &Mock::next_id("req_"), started)
}

async fn authorised(
    mock: &Mock,
    wire: Wire,
    name: &str,
    parts: &request::Parts,
    body: &Value,
) -> Result<(), Response> {
    let key = intake::authorise(mock, wire, parts).map_err(|wrong| wrong.response(wire))?;
    behave(mock, wire, name, parts, body, &key).await.map(drop)
}

/// Applies parameters and scripts: waits, and refuses if that is the fault.
pub(crate) async fn behave(
    mock: &Mock,
    wire: Wire,
    name: &str,
    parts: &request::Parts,
    body: &Value,
    key: &str,
) -> Result<Behaviour, Response> {
    let mut behaviour = Behaviour::read("", body, &parts.headers).map_err(|bad| {
        let message = format!("The mock cannot read '{}'.", bad.0);
        InvalidRequest::param(message, &bad.0, "mock_parameter").response(wire)
    })?;
    if let Some(step) = mock.scripted(name, &parts.headers, behaviour.tag.as_deref()) {
        behaviour.overlay(step);
    }
    if !behaviour.latency().is_zero() {
        tokio::time::sleep(behaviour.latency()).await;
    }
    if behaviour.fault == Some(Fault::Reset) {
        parts.extensions.get::<ResetHandle>().cloned().unwrap_or_default().reset();
    }
    if matches!(behaviour.fault, Some(Fault::Reset | Fault::Hang)) {
        pending::<()>().await;
    }
    let refused =
        behaviour.fault.and_then(|fault| refusal::refuse(fault, &behaviour, wire.main_endpoint(), name, key));
    refused.map_or(Ok(behaviour), Err)
}

/// Like [`run`], without a body to read and no faults.
pub(crate) async fn respond(
    mock: &Mock,
    wire: Wire,
    request: Request<Body>,
    respond: impl FnOnce() -> Response,
) -> Response {
    let started = Instant::now();
    let response = match intake::receive(mock, request).await {
        Ok((parts, _)) => match intake::authorise(mock, wire, &parts) {
            Ok(_) => respond(),
            Err(wrong) => wrong.response(wire),
        },
        Err(invalid) => invalid.response(wire),
    };
    reply::with_standard_headers(response, wire, &Mock::next_id("req_"), started)
}
