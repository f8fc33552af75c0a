//! Errors, `{"error": {code, message, status, details}}`, and the headers of every response.

use std::time::Instant;

use axum::response::Response;
use http::HeaderValue;
use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::errors::InvalidKey;
use crate::fault::Fault;
use crate::reply;

/// Of an error that a fault does not describe further.
pub(crate) fn error(status: u16, message: &str) -> Response {
    reply::json(status, &error_body(status, message, &[]))
}

pub(crate) fn error_body(status: u16, message: &str, details: &[Value]) -> Value {
    let name = match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        502 | 503 => "UNAVAILABLE",
        408 | 504 => "DEADLINE_EXCEEDED",
        _ => "INVALID_ARGUMENT",
    };
    let mut body = json!({ "error": { "code": status, "message": message, "status": name } });
    if !details.is_empty() {
        body["error"]["details"] = json!(details);
    }
    body
}

/// An invalid key is an invalid argument.
pub(crate) fn invalid_key(key: &InvalidKey) -> Response {
    if key.0.is_none() {
        let message = "Method doesn't allow unregistered callers (callers without established identity).";
        return error(403, message);
    }
    let reason = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
    });
    reply::json(400, &error_body(400, "API key not valid. Please pass a valid API key.", &[reason]))
}

/// The error response of a fault; `None` if the fault does not refuse the request.
pub(crate) fn refuse(fault: Fault, behaviour: &Behaviour, model: &str) -> Option<Response> {
    let not_found = format!("models/{model} is not found for API version v1beta.");
    let exhausted = "You exceeded your current quota, please check your plan and billing details.";
    let (status, message) = match fault {
        Fault::BadRequest | Fault::Unprocessable => (400, "Invalid value at 'contents'."),
        Fault::Unauthorized => return Some(invalid_key(&InvalidKey(Some(String::new())))),
        Fault::Forbidden => (403, "The caller does not have permission"),
        Fault::NotFound => (404, not_found.as_str()),
        Fault::RequestTimeout => (408, "Request timed out."),
        Fault::Conflict => (409, "The request conflicted with another one."),
        Fault::TooLarge => (413, "Request payload size exceeds the limit."),
        Fault::RateLimited | Fault::RateLimitedThenOk | Fault::Quota | Fault::ErrorArray => (429, exhausted),
        Fault::ServerError | Fault::ServerErrorThenOk => (500, "An internal error has occurred."),
        Fault::BadGateway => (502, "Bad gateway."),
        Fault::Overloaded => (503, "The model is overloaded. Please try again later."),
        Fault::GatewayTimeout => (504, "The request timed out. Please try again."),
        _ => return None,
    };
    let body = error_body(status, message, &details(fault, behaviour));
    Some(reply::json(status, &if fault == Fault::ErrorArray { json!([body]) } else { body }))
}

/// A limit a minute says when to come back, a limit a day does not.
fn details(fault: Fault, behaviour: &Behaviour) -> Vec<Value> {
    let violated = |window: &str| {
        json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{
                "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
                "quotaId": format!("GenerateRequests{window}PerProjectPerModel"),
            }],
        })
    };
    match fault {
        Fault::Quota => vec![violated("PerDay")],
        Fault::RateLimited | Fault::RateLimitedThenOk | Fault::ErrorArray => {
            let seconds = behaviour.retry_after.as_deref().unwrap_or("0.02");
            let retry = json!({
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": format!("{seconds}s"),
            });
            vec![violated("PerMinute"), retry]
        }
        _ => Vec::new(),
    }
}

/// No request id is among them.
pub(crate) fn with_headers(mut response: Response, started: Instant) -> Response {
    let headers = response.headers_mut();
    reply::set_all(headers, &[("server", "scaffolding on HTTPServer2"), ("x-frame-options", "SAMEORIGIN")]);
    let timing = format!("gfet4t7; dur={}", started.elapsed().as_millis());
    if let Ok(timing) = HeaderValue::from_str(&timing) {
        headers.insert("server-timing", timing);
    }
    response
}
