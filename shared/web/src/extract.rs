//! Extractors: what a handler's signature asks for of a request's path, query and body.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts as RequestParts;

use crate::parse::{Parts, parse_body, parse_query};
use crate::{ApiError, read_body};

/// The query string, parsed.
pub struct QueryParams<T>(pub T);

impl<S: Sync, T: Parts> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut RequestParts, _: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
        parse_query(&pairs).map(Self)
    }
}

/// The JSON body, parsed.
pub struct RequestBody<T>(pub T);

impl<S: Sync, T: Parts> FromRequest<S> for RequestBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        parse_body(&read_body(&parts.headers, body).await?).map(Self)
    }
}

/// The id in the path. Malformed ids are 404.
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut RequestParts, state: &S) -> Result<Self, ApiError> {
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
        id.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}
