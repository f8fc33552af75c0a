//! Versions and repeats: `ETag`, `If-Match` and `Idempotency-Key`.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use domain::change::Precondition;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use web::{ApiError, single_header};

/// A response with the version that a change can name in `If-Match`.
pub(crate) fn versioned(status: StatusCode, version: i64, body: impl Serialize) -> Response {
    with_version(version, (status, Json(body)).into_response())
}

pub(crate) fn with_version(version: i64, mut response: Response) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The versions that a change may be applied to.
pub(crate) struct IfMatch(pub Precondition);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(if_match(&parts.headers)))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header_parameter("If-Match", "The `ETag` of the version to change", None)]
    }
}

/// The header by which a request can be repeated and still have its effect once.
pub(crate) struct IdempotencyKey(pub Option<HeaderValue>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(single_header(&parts.headers, "Idempotency-Key")?.cloned()))
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header_parameter(
            "Idempotency-Key",
            "Any text of 1 to 255 characters, unique to this request",
            Some(255),
        )]
    }
}

fn header_parameter(name: &str, description: &str, max_length: Option<usize>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(max_length.map(|_| 1))
                .max_length(max_length),
        ))
        .build()
}

/// Weak tags and tags that are no version match nothing.
fn if_match(headers: &HeaderMap) -> Precondition {
    let mut tags = headers.get_all(header::IF_MATCH).iter().peekable();
    if tags.peek().is_none() {
        return Precondition::default();
    }
    let tags: Vec<&str> =
        tags.flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim).collect();
    if tags.contains(&"*") {
        return Precondition::default();
    }
    let version = |tag: &str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Precondition(Some(tags.into_iter().filter_map(version).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_takes_versions_and_anything_else_matches_nothing() {
        let parse = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
            if_match(&headers).0
        };
        assert_eq!(if_match(&HeaderMap::new()).0, None);
        assert_eq!(parse("*"), None);
        assert_eq!(parse("\"3\""), Some(vec![3]));
        assert_eq!(parse("\"3\", \"4\""), Some(vec![3, 4]));
        assert_eq!(parse("W/\"3\""), Some(vec![]));
        assert_eq!(parse("3"), Some(vec![]));
        assert_eq!(parse("\"\""), Some(vec![]));
    }
}
