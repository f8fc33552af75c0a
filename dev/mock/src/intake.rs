//! The first steps for every request: log it and check its key.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, header, request};

use crate::errors::{InvalidKey, InvalidRequest};
use crate::mock::{Mock, RecordedRequest};

/// Larger request bodies are refused.
const MAX_BODY: usize = 256 << 20;

/// Reads the body and logs the request.
pub(crate) async fn receive(
    mock: &Mock,
    request: Request<Body>,
) -> Result<(request::Parts, Bytes), InvalidRequest> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY)
        .await
        .map_err(|_| InvalidRequest::new("The request body could not be read."))?;
    mock.record(RecordedRequest::new(&parts, &body));
    Ok((parts, body))
}

/// Returns the key, or an error if it is missing or invalid.
pub(crate) fn authorise<'a>(mock: &Mock, headers: &'a HeaderMap) -> Result<&'a str, InvalidKey> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim).unwrap_or_default();
    if key.is_empty() {
        Err(InvalidKey(None))
    } else if mock.accepts(key) {
        Ok(key)
    } else {
        Err(InvalidKey(Some(key.to_owned())))
    }
}
