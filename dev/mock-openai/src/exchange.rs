//! One request from arrival to answer: log, authorise, steer, wait, fail or answer, count.

use std::future::pending;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{Request, request};
use serde_json::Value;

use crate::ask::Ask;
use crate::behaviour::{BadParameter, Behaviour, split_model};
use crate::breaker::Breaker;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::endpoints::{self, models};
use crate::errors::Invalid;
use crate::fault::Fault;
use crate::mock::Mock;
use crate::{intake, refusal, reply, wire};

pub(crate) async fn run(mock: Arc<Mock>, endpoint: Endpoint, request: Request<Body>) -> Response {
    let started = Instant::now();
    let request_id = mock.next_id("req_");
    let response = match intake::receive(&mock, request).await {
        Ok((parts, body)) => answer(mock, endpoint, &parts, &body, request_id.clone()).await,
        Err(invalid) => invalid.response(),
    };
    reply::stamp(response, &request_id, started)
}

async fn answer(
    mock: Arc<Mock>,
    endpoint: Endpoint,
    parts: &request::Parts,
    bytes: &Bytes,
    request_id: String,
) -> Response {
    let parsed = serde_json::from_slice::<Value>(bytes).ok();
    let is_json = parsed.is_some();
    let body = parsed.unwrap_or_default();
    let full_model = body["model"].as_str().unwrap_or_default().to_owned();
    let (model, _) = split_model(&full_model);
    let stream = endpoint.streams() && body["stream"] == true;
    let mut call = Call::open(mock.clone(), endpoint, model, stream, request_id);

    let read = Behaviour::read(&full_model, &body, &parts.headers);
    if let Ok(wanted) = &read {
        call.tagged(wanted.tag.clone());
    }
    let key = match intake::authorise(&mock, &parts.headers) {
        Ok(key) => key,
        Err(wrong) => return refuse(call, wrong.response()),
    };
    call.paid_with(key);
    let mut wanted = match check(is_json, model, read) {
        Ok(wanted) => wanted,
        Err(invalid) => return refuse(call, invalid.response()),
    };
    if let Some(step) = mock.scripted(model, &parts.headers, wanted.tag.as_deref()) {
        wanted.overlay(step);
    }
    let fail_times = wanted.fail_times.or(wanted.fault.and_then(Fault::default_fail_times));
    if let Some(fail_times) = fail_times
        && !mock.attempt_fails(fail_times, wanted.tag.as_deref(), endpoint.path(), bytes)
    {
        wanted.fault = None;
    }
    call.struck_by(wanted.fault);

    if !wanted.latency().is_zero() {
        tokio::time::sleep(wanted.latency()).await;
    }
    let breaker = parts.extensions.get::<Breaker>().cloned().unwrap_or_default();
    if let Some(fault) = wanted.fault {
        if let Some(response) = refusal::refusal(fault, &wanted, endpoint, model, key) {
            call.billed(refusal::refused_usage(&wanted));
            return refuse(call, response);
        }
        match fault {
            Fault::Hang => pending::<()>().await,
            Fault::Reset => {
                call.aborted();
                breaker.0.notify_one();
                pending::<()>().await;
            }
            _ => {}
        }
    }

    let ask = Ask {
        served_model: wanted.served_model.clone().unwrap_or_else(|| models::served(model).to_owned()),
        service_tier: wanted.service_tier.clone().unwrap_or_else(|| served_tier(&body).to_owned()),
        body,
        stream,
        wanted,
        created: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()),
    };
    match endpoints::answer(endpoint, &mock, &ask) {
        Ok(answer) => {
            call.worked(&ask.served_model, &ask.service_tier, answer.usage);
            wire::respond(answer, &ask, endpoint, call, breaker)
        }
        Err(invalid) => refuse(call, invalid.response()),
    }
}

fn refuse(mut call: Call, response: Response) -> Response {
    call.refused(response.status().as_u16());
    response
}

fn check(is_json: bool, model: &str, read: Result<Behaviour, BadParameter>) -> Result<Behaviour, Invalid> {
    if !is_json {
        return Err(Invalid::new("We could not parse the JSON body of your request."));
    }
    if model.is_empty() {
        return Err(Invalid::new("you must provide a model parameter"));
    }
    if !models::is_known_or_free(model) {
        return Err(Invalid::model_not_found(model));
    }
    read.map_err(|bad| Invalid::param(format!("The mock cannot read '{}'.", bad.0), &bad.0, "mock_parameter"))
}

/// A project's own setting, `auto`, is the default tier here.
fn served_tier(body: &Value) -> &str {
    match body["service_tier"].as_str() {
        None | Some("auto") => "default",
        Some("fast") => "priority",
        Some(tier) => tier,
    }
}
