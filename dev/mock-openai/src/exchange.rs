//! One request from arrival to answer: log, authorise, steer, wait, fail or answer, count.

use std::future::pending;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header, request};
use serde_json::Value;
use tokio::sync::Notify;

use crate::behaviour::split_model;
use crate::call::Call;
use crate::endpoints::{Endpoint, models};
use crate::errors::{self, Invalid, WrongKey};
use crate::mock::{Mock, RecordedRequest};
use crate::{Behaviour, Fault, wire};

/// Requests above this are not read to their end.
const MAX_BODY: usize = 256 << 20;

/// Tells the task that owns the connection to reset it.
#[derive(Clone, Default)]
pub(crate) struct Breaker(pub(crate) Arc<Notify>);

/// An authorised request that will be answered, by what it asks for.
pub(crate) struct Ask {
    pub(crate) body: Value,
    pub(crate) served_model: String,
    pub(crate) service_tier: String,
    pub(crate) stream: bool,
    pub(crate) wanted: Behaviour,
    pub(crate) created: u64,
}

impl Ask {
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.wanted.fault
    }
}

/// Reads the body and writes the request into the log.
pub(crate) async fn receive(mock: &Mock, request: Request<Body>) -> Result<(request::Parts, Bytes), Invalid> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY)
        .await
        .map_err(|_| Invalid::new("The request body could not be read."))?;
    mock.record(RecordedRequest {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers.clone(),
        body: body.clone(),
    });
    Ok((parts, body))
}

/// Refuses a missing or wrong key, else returns it.
pub(crate) fn authorise<'a>(mock: &Mock, headers: &'a HeaderMap) -> Result<&'a str, WrongKey> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim).unwrap_or_default();
    if key.is_empty() {
        Err(WrongKey(None))
    } else if mock.accepts(key) {
        Ok(key)
    } else {
        Err(WrongKey(Some(key.to_owned())))
    }
}

pub(crate) async fn run(mock: Arc<Mock>, endpoint: Endpoint, request: Request<Body>) -> Response {
    let started = Instant::now();
    let request_id = mock.next_id("req_");
    let response = match receive(&mock, request).await {
        Ok((parts, body)) => answer(mock, endpoint, &parts, &body, request_id.clone()).await,
        Err(invalid) => invalid.response(),
    };
    stamp(response, &request_id, started)
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
    let key = match authorise(&mock, &parts.headers) {
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
        if let Some(response) = errors::refusal(fault, &wanted, endpoint, model, key) {
            call.billed(errors::refused_usage(&wanted));
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
    match endpoint.answer(&mock, &ask) {
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

fn check(
    is_json: bool,
    model: &str,
    read: Result<Behaviour, crate::BadParameter>,
) -> Result<Behaviour, Invalid> {
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

/// The headers every answer carries; rate limits are made up but of the right form.
pub(crate) fn stamp(mut response: Response, request_id: &str, started: Instant) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        ("openai-version", "2020-10-01"),
        ("openai-organization", "org-mock"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-ratelimit-limit-tokens", "2000000"),
        ("x-ratelimit-remaining-tokens", "1999000"),
        ("x-ratelimit-reset-tokens", "1m0s"),
    ];
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    headers.insert(HeaderName::from_static("openai-processing-ms"), HeaderValue::from(millis));
    response
}
