//! Request bodies: read whole, up to the size that a Lambda event can carry.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::ApiError;

/// 6 MB, Lambda's own bound on an event.
pub const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

pub async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge),
        Err(_) => Err(ApiError::BodyIncomplete),
    }
}
