//! Refusals in the provider's shape, `{"error": {message, type, param, code}}`.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::endpoints::Endpoint;
use crate::{Behaviour, Fault, Usage};

const INVALID: &str = "invalid_request_error";

pub(crate) fn object(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    let bytes = serde_json::to_vec_pretty(body).unwrap_or_default();
    respond(status, "application/json", bytes)
}

pub(crate) fn respond(status: u16, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A request that is wrong in itself.
#[derive(Debug)]
pub(crate) struct Invalid {
    status: u16,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

impl Invalid {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into(), param: None, code: None }
    }

    pub(crate) fn param(message: impl Into<String>, param: &str, code: &'static str) -> Self {
        Self { status: 400, message: message.into(), param: Some(param.to_owned()), code: Some(code) }
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::param(format!("Missing required parameter: '{param}'."), param, "missing_required_parameter")
    }

    pub(crate) fn model_not_found(model: &str) -> Self {
        Self {
            status: 404,
            message: format!("The model `{model}` does not exist or you do not have access to it."),
            param: None,
            code: Some("model_not_found"),
        }
    }

    pub(crate) fn response(&self) -> Response {
        let body = object(&self.message, INVALID, self.param.as_deref(), self.code);
        json_response(self.status, &body)
    }
}

/// The key that was refused, `None` when there was none.
pub(crate) struct WrongKey(pub(crate) Option<String>);

impl WrongKey {
    pub(crate) fn response(&self) -> Response {
        self.0.as_deref().map_or_else(missing_key, wrong_key)
    }
}

fn missing_key() -> Response {
    let message = "You didn't provide an API key. You need to provide your API key in an Authorization \
                   header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
    json_response(401, &object(message, INVALID, None, Some("invalid_api_key")))
}

/// Echoes part of the key, as the provider does: a gateway that relays this must not leak more of its own key.
fn wrong_key(key: &str) -> Response {
    let message = format!(
        "Incorrect API key provided: {}. You can find your API key at \
         https://platform.openai.com/account/api-keys.",
        masked(key)
    );
    json_response(401, &object(&message, INVALID, None, Some("invalid_api_key")))
}

/// An ordinary key is known, and lacks the right.
pub(crate) fn missing_scope() -> Response {
    let message = "You have insufficient permissions for this operation. Missing scopes: api.usage.read.";
    json_response(403, &object(message, INVALID, None, None))
}

fn masked(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    if chars.len() < 10 {
        return "*".repeat(chars.len());
    }
    let head: String = chars[..6].iter().collect();
    let tail: String = chars[chars.len() - 3..].iter().collect();
    format!("{head}***{tail}")
}

const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                    Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n";

/// What a refused attempt bills, where it is to bill anything.
pub(crate) fn refused_usage(wanted: &Behaviour) -> Option<Usage> {
    wanted.refused_usage.unwrap_or(false).then(|| Usage {
        input_tokens: wanted.prompt_tokens.unwrap_or(0),
        output_tokens: wanted.completion_tokens.unwrap_or(0),
        ..Usage::default()
    })
}

/// The answer of a fault that refuses the request, `None` for every other fault.
pub(crate) fn refusal(
    fault: Fault,
    wanted: &Behaviour,
    endpoint: Endpoint,
    model: &str,
    key: &str,
) -> Option<Response> {
    let server = "The server had an error while processing your request. Sorry about that!";
    let (status, message, kind, code) = match fault {
        Fault::BadRequest => (400, "Invalid value for 'messages'.", INVALID, Some("invalid_value")),
        Fault::Unauthorized => return Some(wrong_key(key)),
        Fault::Forbidden => {
            (403, "Project does not have access to this model.", INVALID, Some("model_not_found"))
        }
        Fault::NotFound => return Some(Invalid::model_not_found(model).response()),
        Fault::RequestTimeout => (408, "Request timed out.", "timeout", None),
        Fault::Conflict => (409, "The request conflicted with another one.", INVALID, Some("conflict")),
        Fault::Unprocessable => (422, "The request could not be processed.", INVALID, None),
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
            return Some(with_retry_after(respond(504, "text/plain", ""), fault, wanted));
        }
        Fault::Html => return Some(with_retry_after(respond(502, "text/html", HTML), fault, wanted)),
        _ => return None,
    };
    let mut body = object(message, kind, None, code);
    if let Some(usage) = refused_usage(wanted) {
        body["usage"] = endpoint.usage(&usage);
    }
    let response = json_response(status, &body);
    Some(with_retry_after(response, fault, wanted))
}

/// Rate limits always name a wait; 20 ms keeps tests quick. What the request asks for replaces both headers.
fn with_retry_after(mut response: Response, fault: Fault, wanted: &Behaviour) -> Response {
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    match (&wanted.retry_after, &wanted.retry_after_ms) {
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
    respond(200, "text/html", HTML)
}
