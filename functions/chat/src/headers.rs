//! Headers of requests to the provider and of responses to callers.

use std::time::Duration;

use axum::response::Response;
use domain::ids::CallId;
use domain::money::PicoUsd;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use openai::{ProviderKey, forwarded_headers};

/// The headers of a request with a JSON body to the provider.
pub(crate) fn upstream_headers(from: &HeaderMap, provider_key: Option<&ProviderKey>) -> HeaderMap {
    let mut headers = forwarded_headers(from, provider_key.is_some());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

/// The provider's headers that are passed on to the caller.
pub(crate) fn relayed_headers(from: &HeaderMap) -> HeaderMap {
    let is_relayed = |name: &HeaderName| {
        *name == header::CONTENT_TYPE
            || *name == header::RETRY_AFTER
            || matches!(name.as_str(), "retry-after-ms" | "x-should-retry")
            || name.as_str().starts_with("openai-")
    };
    from.iter()
        .filter(|(name, _)| is_relayed(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The provider's id of a request.
pub(crate) fn upstream_request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("x-request-id")?.to_str().ok().map(str::to_owned)
}

/// Every response to an admitted call, errors too, carries the call's id.
pub(crate) fn with_call_id(mut response: Response, id: CallId) -> Response {
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id.clone());
        response.headers_mut().insert(HeaderName::from_static("x-tokenmeter-call-id"), id);
    }
    response
}

pub(crate) fn insert_overhead(headers: &mut HeaderMap, overhead: Duration) {
    insert(headers, "x-tokenmeter-overhead-ms", &format!("{:.3}", overhead.as_secs_f64() * 1000.0));
}

pub(crate) fn insert_cost(headers: &mut HeaderMap, cost: PicoUsd) {
    insert(headers, "x-tokenmeter-cost-usd", &cost.to_string());
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
