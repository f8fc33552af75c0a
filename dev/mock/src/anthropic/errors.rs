//! Errors, `{"type": "error", "error": {type, message}, "request_id"}`, and the headers of every response.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::reply;
use crate::response::SseEvent;

/// The body of an error, kept until the id of its request is known.
#[derive(Clone)]
struct ErrorBody(Value);

pub(crate) fn error(status: u16, message: &str) -> Response {
    let kind = match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    let body = error_body(kind, message);
    let mut response = reply::json(status, &body);
    response.extensions_mut().insert(ErrorBody(body));
    response
}

pub(crate) fn error_body(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message } })
}

/// A failure during a stream.
pub(crate) fn error_event() -> SseEvent {
    SseEvent::new(Some("error"), error_body("overloaded_error", "Overloaded").to_string())
}

/// The error response of a fault; `None` if the fault does not refuse the request.
pub(crate) fn refuse(fault: Fault, model: &str) -> Option<Response> {
    let not_found = format!("model: {model}");
    let (status, message) = match fault {
        Fault::BadRequest => (400, "messages.0.content: Input should be a valid string"),
        Fault::Unprocessable => (422, "The request could not be processed."),
        Fault::Unauthorized => (401, "invalid x-api-key"),
        Fault::PaymentRequired => {
            (402, "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.")
        }
        Fault::Forbidden => (403, "Your API key does not have permission to use the specified resource."),
        Fault::NotFound => (404, not_found.as_str()),
        Fault::RequestTimeout => (408, "Request timed out."),
        Fault::Conflict => (409, "The request conflicted with another one."),
        Fault::TooLarge => (413, "Request exceeds the maximum size"),
        Fault::RateLimited | Fault::RateLimitedThenOk => {
            (429, "This request would exceed your organization's rate limit.")
        }
        Fault::Quota => {
            (429, "This request would exceed your organization's monthly spend limit. Contact an admin.")
        }
        Fault::ServerError | Fault::ServerErrorThenOk => (500, "Internal server error"),
        Fault::BadGateway => (502, "Bad gateway"),
        Fault::Overloaded => (503, "Service unavailable"),
        Fault::GatewayTimeout => (504, "The request timed out while processing."),
        Fault::OverloadedSite => (529, "Overloaded"),
        _ => return None,
    };
    Some(error(status, message))
}

/// Adds the id of the request, to errors in the body too, and rate limits that are invented but well-formed.
pub(crate) fn with_headers(mut response: Response, request_id: &str) -> Response {
    if let Some(ErrorBody(mut body)) = response.extensions_mut().remove::<ErrorBody>() {
        body["request_id"] = json!(request_id);
        *response.body_mut() = Body::from(body.to_string());
    }
    let headers = response.headers_mut();
    let fixed = [
        ("anthropic-organization-id", "3f2c1b58-7a74-4a52-9d4e-1c1f0e2f4a11"),
        ("anthropic-ratelimit-requests-limit", "4000"),
        ("anthropic-ratelimit-requests-remaining", "3999"),
        ("anthropic-ratelimit-requests-reset", "2026-12-01T00:00:00Z"),
        ("anthropic-ratelimit-tokens-limit", "2000000"),
        ("anthropic-ratelimit-tokens-remaining", "1999000"),
        ("anthropic-ratelimit-tokens-reset", "2026-12-01T00:00:00Z"),
    ];
    reply::set_all(headers, &fixed);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("request-id"), id);
    }
    response
}
