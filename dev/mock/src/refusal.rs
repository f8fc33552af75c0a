//! The error responses of faults that refuse a request.

use axum::response::Response;
use http::HeaderValue;

use crate::behaviour::Behaviour;
use crate::endpoint::{Endpoint, Wire};
use crate::errors::{self, InvalidRequest};
use crate::fault::Fault;
use crate::usage::Usage;
use crate::{anthropic, bedrock, gemini, reply};

const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                    Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n";

/// The usage billed for a refused attempt, if the request sets `refused_usage`; OpenAI's errors can report it.
pub(crate) fn refused_usage(behaviour: &Behaviour) -> Option<Usage> {
    behaviour.refused_usage.unwrap_or(false).then(|| Usage {
        input_tokens: behaviour.prompt_tokens.unwrap_or(0),
        output_tokens: behaviour.completion_tokens.unwrap_or(0),
        ..Usage::default()
    })
}

/// The error response of a fault; `None` if the fault does not refuse the request.
pub(crate) fn refuse(
    fault: Fault,
    behaviour: &Behaviour,
    endpoint: Endpoint,
    model: &str,
    key: &str,
) -> Option<Response> {
    if fault == Fault::Html {
        return Some(with_retry_after(reply::bytes(502, "text/html", HTML), fault, behaviour));
    }
    match endpoint.wire() {
        Wire::OpenAi => refuse_as_openai(fault, behaviour, endpoint, model, key),
        Wire::Anthropic => {
            anthropic::refuse(fault, model).map(|response| with_retry_after(response, fault, behaviour))
        }
        Wire::Gemini => gemini::refuse(fault, behaviour, model),
        Wire::Bedrock => bedrock::refuse(fault),
    }
}

fn refuse_as_openai(
    fault: Fault,
    behaviour: &Behaviour,
    endpoint: Endpoint,
    model: &str,
    key: &str,
) -> Option<Response> {
    let server = "The server had an error while processing your request. Sorry about that!";
    let (status, message, kind, code) = match fault {
        Fault::BadRequest => (400, "Invalid value for 'messages'.", errors::INVALID, Some("invalid_value")),
        Fault::Unauthorized => return Some(errors::wrong_key(key)),
        Fault::Forbidden => {
            (403, "Project does not have access to this model.", errors::INVALID, Some("model_not_found"))
        }
        Fault::NotFound => return Some(InvalidRequest::model_not_found(model).response(Wire::OpenAi)),
        Fault::RequestTimeout => (408, "Request timed out.", "timeout", None),
        Fault::Conflict => {
            (409, "The request conflicted with another one.", errors::INVALID, Some("conflict"))
        }
        Fault::Unprocessable => (422, "The request could not be processed.", errors::INVALID, None),
        Fault::RateLimited | Fault::RateLimitedThenOk => {
            (429, "Rate limit reached for requests.", "requests", Some("rate_limit_exceeded"))
        }
        Fault::Quota => (
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            Some("insufficient_quota"),
        ),
        Fault::ServerError | Fault::ServerErrorThenOk => (500, server, "server_error", None),
        Fault::BadGateway => (502, "Bad gateway.", "server_error", None),
        Fault::Overloaded => (
            503,
            "The engine is currently overloaded, please try again later.",
            "service_unavailable_error",
            Some("server_is_overloaded"),
        ),
        Fault::GatewayTimeout => {
            return Some(with_retry_after(reply::bytes(504, "text/plain", ""), fault, behaviour));
        }
        _ => return None,
    };
    let mut body = errors::object(message, kind, None, code);
    if let Some(usage) = refused_usage(behaviour) {
        body["usage"] = endpoint.usage(&usage);
    }
    let response = reply::json(status, &body);
    Some(with_retry_after(response, fault, behaviour))
}

/// Rate limits always set both headers; 20 ms keeps tests fast. Values set by the request replace them.
fn with_retry_after(mut response: Response, fault: Fault, behaviour: &Behaviour) -> Response {
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    match (&behaviour.retry_after, &behaviour.retry_after_ms) {
        (None, None) => {
            if matches!(fault, Fault::RateLimited | Fault::RateLimitedThenOk) {
                set("retry-after", "1");
                set("retry-after-ms", "20");
            }
        }
        (seconds, millis) => {
            if let Some(seconds) = seconds {
                set("retry-after", seconds);
            }
            if let Some(millis) = millis {
                set("retry-after-ms", millis);
            }
        }
    }
    response
}

pub(crate) fn html_page() -> Response {
    reply::bytes(200, "text/html", HTML)
}
