//! One request from start to end: log, authorise, apply parameters and scripts, wait, fail or respond, count.

use std::future::pending;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{Request, request};
use serde_json::Value;

use crate::behaviour::{BadParameter, Behaviour, split_model};
use crate::call::TrackedCall;
use crate::endpoint::{Endpoint, Wire};
use crate::endpoints::{self, models};
use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::mock::{Mock, RecordedRequest};
use crate::request::ModelRequest;
use crate::reset::ResetHandle;
use crate::stored::{ResponseHistory, StoredResponse};
use crate::{anthropic, gemini, intake, refusal, reply, wire as sending};

pub(crate) async fn run(mock: Arc<Mock>, endpoint: Endpoint, request: Request<Body>) -> Response {
    run_model(mock, endpoint, None, request).await
}

/// `model` is what the path names, if the body does not.
pub(crate) async fn run_model(
    mock: Arc<Mock>,
    endpoint: Endpoint,
    model: Option<String>,
    request: Request<Body>,
) -> Response {
    let wire = endpoint.wire();
    let started = Instant::now();
    let request_id = Mock::next_id("req_");
    let response = match intake::receive(&mock, request).await {
        Ok((parts, body)) => answer(mock, endpoint, model, &parts, &body, request_id.clone()).await,
        Err(invalid) => invalid.response(wire),
    };
    reply::with_standard_headers(response, wire, &request_id, started)
}

async fn answer(
    mock: Arc<Mock>,
    endpoint: Endpoint,
    model: Option<String>,
    parts: &request::Parts,
    bytes: &Bytes,
    request_id: String,
) -> Response {
    let wire = endpoint.wire();
    let parsed = serde_json::from_slice::<Value>(bytes).ok();
    let is_json = parsed.is_some();
    let body = parsed.unwrap_or_default();
    let full_model = model.unwrap_or_else(|| body["model"].as_str().unwrap_or_default().to_owned());
    let (model, _) = split_model(&full_model);
    let stream = endpoint.is_stream(&body);
    let mut call = TrackedCall::open(mock.clone(), endpoint, model, stream, request_id);

    let read = Behaviour::read(&full_model, &body, &parts.headers);
    if let Ok(behaviour) = &read {
        call.set_tag(behaviour.tag.clone());
    }
    let key = match intake::authorise(&mock, wire, parts) {
        Ok(key) => key,
        Err(invalid) => return refuse(call, invalid.response(wire)),
    };
    call.set_api_key(&key);
    let mut behaviour = match check(is_json, wire, model, read) {
        Ok(behaviour) => behaviour,
        Err(invalid) => return refuse(call, invalid.response(wire)),
    };
    apply_script(&mock, &mut behaviour, model, endpoint, parts, bytes);
    call.set_fault(behaviour.fault);

    if !behaviour.latency().is_zero() {
        tokio::time::sleep(behaviour.latency()).await;
    }
    let reset = parts.extensions.get::<ResetHandle>().cloned().unwrap_or_default();
    if let Some(fault) = behaviour.fault {
        if let Some(response) = refusal::refuse(fault, &behaviour, endpoint, model, &key) {
            call.set_billed_usage(refusal::refused_usage(&behaviour));
            return refuse(call, response);
        }
        disconnect(fault, &mut call, &reset).await;
    }
    let history = mock.responses().history(&body);
    let is_sse = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "alt=sse"));
    let request = ModelRequest { is_sse, ..model_request(endpoint, model, body, stream, behaviour, history) };
    respond(&mock, call, endpoint, &request, reset)
}

/// Resets the connection or never returns, if that is the fault.
async fn disconnect(fault: Fault, call: &mut TrackedCall, reset: &ResetHandle) {
    if fault == Fault::Reset {
        call.abort();
        reset.reset();
    }
    if matches!(fault, Fault::Reset | Fault::Hang) {
        pending::<()>().await;
    }
}

fn respond(
    mock: &Mock,
    mut call: TrackedCall,
    endpoint: Endpoint,
    request: &ModelRequest,
    reset: ResetHandle,
) -> Response {
    match endpoints::answer(endpoint, request) {
        Ok(mut response) => {
            call.set_fees(std::mem::take(&mut response.fees));
            call.set_steps(std::mem::take(&mut response.steps), response.is_free);
            call.complete(&request.served_model, &request.service_tier, response.usage);
            if let Some(stored) = response.stored.take() {
                store(mock, &call, stored);
            }
            sending::respond(response, request, endpoint, call, reset)
        }
        Err(invalid) => refuse(call, invalid.response(endpoint.wire())),
    }
}

/// Stored before the response is sent, because its caller may retrieve it at once.
fn store(mock: &Mock, call: &TrackedCall, mut stored: StoredResponse) {
    if let Some(work) = &mut stored.background {
        work.call = call.defer(work.usage, !work.result["usage"].is_null());
    }
    mock.responses().add(stored);
}

/// Applies the next script step and what the test decides, then drops a fault that should not affect this attempt.
fn apply_script(
    mock: &Mock,
    behaviour: &mut Behaviour,
    model: &str,
    endpoint: Endpoint,
    parts: &request::Parts,
    body: &Bytes,
) {
    if let Some(step) = mock.scripted(model, &parts.headers, behaviour.tag.as_deref()) {
        behaviour.overlay(step);
    }
    if let Some(decided) = mock.decided(&RecordedRequest::new(parts, body)) {
        behaviour.overlay(decided);
    }
    let fail_times = behaviour.fail_times.or(behaviour.fault.and_then(Fault::default_fail_times));
    if let Some(fail_times) = fail_times
        && !mock.attempt_fails(fail_times, behaviour.tag.as_deref(), endpoint.path(), body)
    {
        behaviour.fault = None;
    }
}

fn model_request(
    endpoint: Endpoint,
    model: &str,
    body: Value,
    stream: bool,
    behaviour: Behaviour,
    history: ResponseHistory,
) -> ModelRequest {
    ModelRequest {
        served_model: behaviour.served_model.clone().unwrap_or_else(|| served_model(endpoint, model)),
        service_tier: behaviour
            .service_tier
            .clone()
            .unwrap_or_else(|| served_tier(endpoint, &body).to_owned()),
        body,
        stream,
        is_sse: false,
        behaviour,
        history,
        created: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()),
    }
}

fn refuse(mut call: TrackedCall, response: Response) -> Response {
    call.refuse(response.status().as_u16());
    response
}

fn check(
    is_json: bool,
    wire: Wire,
    model: &str,
    read: Result<Behaviour, BadParameter>,
) -> Result<Behaviour, InvalidRequest> {
    if !is_json {
        return Err(InvalidRequest::new("We could not parse the JSON body of your request."));
    }
    if model.is_empty() {
        return Err(InvalidRequest::new("you must provide a model parameter"));
    }
    if !models::is_accepted(model) {
        return Err(InvalidRequest::model_not_found(model));
    }
    let unknown =
        |name: &str| InvalidRequest::param(format!("The mock cannot read '{name}'."), name, "mock_parameter");
    let behaviour = read.map_err(|bad| unknown(&bad.0))?;
    match behaviour.fault {
        Some(fault) if !fault.applies_to(wire) => Err(unknown(fault.name())),
        _ => Ok(behaviour),
    }
}

fn served_model(endpoint: Endpoint, model: &str) -> String {
    match endpoint.wire() {
        Wire::OpenAi => models::served(model).to_owned(),
        Wire::Anthropic => anthropic::served_model(model).to_owned(),
        Wire::Gemini | Wire::Bedrock => model.to_owned(),
    }
}

/// `auto` means the project's setting, which is the default tier here.
fn served_tier(endpoint: Endpoint, body: &Value) -> &str {
    match body["service_tier"].as_str() {
        _ if endpoint.wire() == Wire::Anthropic => "standard",
        _ if endpoint.wire() == Wire::Bedrock && body["performanceConfig"]["latency"] == "optimized" => {
            "optimized"
        }
        _ if endpoint.wire() == Wire::Bedrock => body["serviceTier"]["type"].as_str().unwrap_or("default"),
        _ if endpoint.wire() == Wire::Gemini => gemini::service_tier(body),
        None | Some("auto") => "default",
        Some("fast") => "priority",
        Some(tier) => tier,
    }
}
