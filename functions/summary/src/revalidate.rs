//! Conditional requests: a report that the caller has already is not sent again.

use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Response};
use domain::ids::KeyId;
use domain::keys::KeyHasher;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use web::{ApiError, AppState};

const PURPOSE: &[u8] = b"tokenmeter report";

/// The tags of what the caller has, from `If-None-Match`, and what makes tags.
pub(crate) struct Revalidation {
    known: Vec<HeaderValue>,
    hasher: KeyHasher,
}

impl<S: Sync> FromRequestParts<S> for Revalidation
where
    AppState: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let known = parts.headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect();
        Ok(Self { known, hasher: AppState::from_ref(state).hasher().clone() })
    }
}

impl Revalidation {
    /// The report, or 304 if the caller has exactly this one.
    ///
    /// The tag is made from the report itself. One from the newest ledger row would save the sums, but could miss a
    /// call: rows become visible in the order of their commits, not of their times.
    pub(crate) fn respond(&self, key: KeyId, report: &impl Serialize) -> Result<Response, ApiError> {
        let body = serde_json::to_vec(report).map_err(|error| ApiError::Internal(error.into()))?;
        let digest = self.hasher.digest(&[PURPOSE, key.as_uuid().as_bytes(), &body]);
        let short =
            digest.as_bytes().first_chunk().map(|bytes| u128::from_be_bytes(*bytes)).unwrap_or_default();
        // Weak, as the same report may be sent compressed.
        let tag = format!("W/\"{short:032x}\"");
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(&tag) {
            headers.insert(header::ETAG, value);
        }
        headers.insert(header::VARY, HeaderValue::from_static("authorization, accept-encoding"));
        if self.has(&tag) {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok((headers, body).into_response())
    }

    fn has(&self, tag: &str) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let wanted = opaque(tag);
        self.known
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|known| known.trim() == "*" || opaque(known) == wanted)
    }
}
