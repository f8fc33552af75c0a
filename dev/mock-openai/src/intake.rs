//! What happens to every request first: it is logged, and its key is checked.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, header, request};

use crate::errors::{Invalid, WrongKey};
use crate::mock::{Mock, RecordedRequest};

/// Requests above this are not read to their end.
const MAX_BODY: usize = 256 << 20;

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
