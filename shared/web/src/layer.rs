//! Around every router: request ids, error bodies in the shape of their path, and one log line per error.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ids::RequestId;
use http::{HeaderName, HeaderValue, StatusCode, header};
use platform::CorrelationIds;

use super::ApiError;
use super::correlation;
use super::protection::protect;
use super::shape::ErrorShape;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const AWS_ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const AWS_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// When a request's function will be stopped by its host. An extension of requests that have one.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Instant);

/// A middleware for `axum::middleware::from_fn`: every response leaves with an `x-request-id`, and every error
/// with the body that its path promises.
pub async fn finish(mut request: Request, next: Next) -> Response {
    let request_id = RequestId::generate();
    request.extensions_mut().insert(request_id);
    let path = request.uri().path().to_owned();
    let mut ids = request.extensions_mut().remove::<CorrelationIds>().unwrap_or_default();
    ids.trace_id = correlation::caller_trace_id(request.headers());
    ids.xray_trace_id = ids.xray_trace_id.or_else(|| correlation::xray_trace_of(request.headers()));
    request.extensions_mut().insert(ids.clone());
    let shape = ErrorShape::of(request.uri(), request.headers());
    let mut response = next.run(request).await;

    let id = match response.headers().get(&REQUEST_ID) {
        Some(id) => id.clone(),
        None => HeaderValue::try_from(request_id.to_string()).unwrap_or(HeaderValue::from_static("unknown")),
    };
    if let Some(error) = error_of(&response) {
        let id = id.to_str().unwrap_or_default();
        log(&error, &path, id, &ids);
        let shape = response.extensions().get().copied().unwrap_or(shape);
        response = with_body(response, &error, shape, id);
    }
    response.headers_mut().insert(REQUEST_ID, id);
    protect(&path, response.headers_mut());
    response
}

fn error_of(response: &Response) -> Option<Arc<ApiError>> {
    if let Some(error) = response.extensions().get::<Arc<ApiError>>() {
        return Some(Arc::clone(error));
    }
    let is_empty = !response.headers().contains_key(header::CONTENT_TYPE);
    match response.status() {
        StatusCode::NOT_FOUND if is_empty => Some(Arc::new(ApiError::NotFound)),
        StatusCode::METHOD_NOT_ALLOWED if is_empty => Some(Arc::new(ApiError::MethodNotAllowed)),
        _ => None,
    }
}

fn log(error: &ApiError, path: &str, request_id: &str, ids: &CorrelationIds) {
    let status = error.status().as_u16();
    let cause = std::error::Error::source(error).map(|cause| format!("{:?}", causes(cause)));
    let cause = cause.unwrap_or_default();
    let code = error.code();
    let gateway_request_id = ids.gateway_request_id.as_deref();
    let (xray_trace_id, trace_id) = (ids.xray_trace_id.as_deref(), ids.trace_id.as_deref());
    if error.status().is_server_error() {
        tracing::error!(
            request_id,
            gateway_request_id,
            xray_trace_id,
            trace_id,
            path,
            status,
            code,
            cause,
            "A request failed."
        );
    } else {
        tracing::info!(
            request_id,
            gateway_request_id,
            xray_trace_id,
            trace_id,
            path,
            status,
            code,
            "A request was refused."
        );
    }
}

/// The texts of an error and all its causes.
fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

fn with_body(response: Response, error: &ApiError, shape: ErrorShape, request_id: &str) -> Response {
    let (mut parts, _) = response.into_parts();
    let (kind, body) = match shape {
        ErrorShape::OpenAi => ("application/json", serde_json::to_vec(&error.to_openai())),
        ErrorShape::Anthropic => ("application/json", serde_json::to_vec(&error.to_anthropic(request_id))),
        ErrorShape::Google => ("application/json", serde_json::to_vec(&error.to_google())),
        ErrorShape::GoogleArray => ("application/json", serde_json::to_vec(&[error.to_google()])),
        ErrorShape::Aws => {
            let error = error.to_aws();
            parts.status = error.status;
            parts.headers.insert(AWS_ERROR_TYPE, HeaderValue::from_static(error.kind));
            if let Ok(id) = HeaderValue::try_from(request_id) {
                parts.headers.insert(AWS_REQUEST_ID, id);
            }
            ("application/json", serde_json::to_vec(&error.body))
        }
        ErrorShape::Problem => {
            ("application/problem+json", serde_json::to_vec(&error.to_problem(request_id)))
        }
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, body.unwrap_or_default()).into_response()
}
