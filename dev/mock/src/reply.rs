//! HTTP responses and the headers that all of them carry.

use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::endpoint::Wire;
use crate::{anthropic, bedrock, gemini};

pub(crate) fn json(status: u16, body: &Value) -> Response {
    let text = serde_json::to_vec_pretty(body).unwrap_or_default();
    bytes(status, "application/json", text)
}

pub(crate) fn bytes(status: u16, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Adds the headers of every response. Rate limits are invented but well-formed.
pub(crate) fn with_standard_headers(
    response: Response,
    wire: Wire,
    request_id: &str,
    started: Instant,
) -> Response {
    match wire {
        Wire::OpenAi => with_openai_headers(response, request_id, started),
        Wire::Anthropic => anthropic::with_headers(response, request_id),
        Wire::Gemini => gemini::with_headers(response, started),
        Wire::Bedrock => bedrock::with_headers(response, request_id),
    }
}

fn with_openai_headers(mut response: Response, request_id: &str, started: Instant) -> Response {
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
    set_all(headers, &fixed);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    headers.insert(HeaderName::from_static("openai-processing-ms"), HeaderValue::from(millis));
    response
}

pub(crate) fn set_all(headers: &mut HeaderMap, fixed: &[(&'static str, &'static str)]) {
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
