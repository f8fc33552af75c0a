//! Errors, `{"message"}` with the type in a header, and the headers of every response.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::messages::EXCEPTION;
use crate::fault::Fault;
use crate::reply;
use crate::response::SseEvent;

pub(crate) fn error(status: u16, message: &str) -> Response {
    let kind = match status {
        403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        408 => "ModelTimeoutException",
        424 => "ModelErrorException",
        429 => "ThrottlingException",
        500 => "InternalServerException",
        502.. => "ServiceUnavailableException",
        _ => "ValidationException",
    };
    typed(status, kind, message)
}

fn typed(status: u16, kind: &'static str, message: &str) -> Response {
    let mut response = reply::json(status, &error_body(message));
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(kind));
    response
}

pub(crate) fn error_body(message: &str) -> Value {
    json!({ "message": message })
}

/// A failure during a stream.
pub(crate) fn error_message() -> SseEvent {
    const NAME: &str = "exception:modelStreamErrorException";
    debug_assert!(NAME.starts_with(EXCEPTION));
    let message = "The system encountered an unexpected error during processing. Try your request again.";
    SseEvent::new(Some(NAME), error_body(message).to_string())
}

/// A signature, or a key, that AWS does not know.
pub(crate) fn invalid_key() -> Response {
    typed(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
}

/// The error response of a fault; `None` if the fault does not refuse the request.
pub(crate) fn refuse(fault: Fault) -> Option<Response> {
    let (status, message) = match fault {
        Fault::BadRequest | Fault::Unprocessable => (400, "The provided request is not valid"),
        Fault::Unauthorized => return Some(invalid_key()),
        Fault::Forbidden => (403, "You don't have access to the model with the specified model ID."),
        Fault::NotFound => {
            (404, "Could not resolve the foundation model from the provided model identifier.")
        }
        Fault::RequestTimeout => {
            (408, "Model has timed out in processing the request. Try your request again.")
        }
        Fault::Conflict => (409, "The request conflicted with another one."),
        Fault::TooLarge => (413, "Input is too long for requested model."),
        Fault::RateLimited | Fault::RateLimitedThenOk => {
            (429, "Too many requests, please wait before trying again.")
        }
        Fault::Quota => {
            let message = "Your request exceeds the service quota for your account.";
            return Some(typed(400, "ServiceQuotaExceededException", message));
        }
        Fault::ServerError | Fault::ServerErrorThenOk => {
            (500, "The system encountered an unexpected error during processing. Try your request again.")
        }
        Fault::BadGateway => (502, "Bad gateway."),
        Fault::Overloaded => (503, "Bedrock is unable to process your request."),
        Fault::GatewayTimeout => (504, "The request timed out."),
        _ => return None,
    };
    Some(error(status, message))
}

/// Adds the id of the request.
pub(crate) fn with_headers(mut response: Response, request_id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}
