//! Paths whose first segment is no upstream. If the rest is a path of a provider, its client gets an error that it can
//! read.

use axum::response::{IntoResponse, Response};
use domain::keys::Scope;
use domain::upstreams::UpstreamName;
use http::{HeaderMap, Method, Uri};
use web::{ApiError, ErrorShape};

use super::dispatch::with_path;
use crate::credentials::has_valid_key;
use crate::state::ChatState;
use crate::unserved;

/// How much of a wrong name an error repeats.
const MAX_SHOWN_CHARS: usize = 64;
/// Where providers' paths begin, below names that have a meaning of their own here too.
const VERSIONS: [&str; 4] = ["v1", "v1beta", "v1alpha", "openai"];

/// What a request asks for, by its path: a name, and what comes below it.
pub(super) struct Asked<'a> {
    pub name: &'a str,
    pub rest: &'a str,
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
}

impl Asked<'_> {
    /// The error object that a client of the path below the name expects; `None` if it is no path of a provider.
    pub(super) fn shape(&self) -> Option<ErrorShape> {
        if is_of_bedrock(self.rest) || self.lacks_prefix_of_bedrock() {
            return Some(ErrorShape::Aws);
        }
        ErrorShape::of_provider(&with_path(self.uri, self.rest), self.headers)
    }

    /// Whether a client of AWS was given this service's address without `/bedrock`.
    fn lacks_prefix_of_bedrock(&self) -> bool {
        self.name == "model" && unserved::is_served_of_bedrock(&format!("/bedrock{}", self.uri.path()))
    }

    /// Says which upstreams there are only to callers with a key that may use them.
    pub(super) async fn refuse(&self, state: &ChatState) -> Response {
        let Some(shape) = self.shape() else { return ApiError::NotFound.into_response() };
        shaped(self.error(state).await, Some(shape))
    }

    async fn error(&self, state: &ChatState) -> ApiError {
        if self.lacks_prefix_of_bedrock() {
            return ApiError::EndpointNotSupported(format!(
                "There is no `{path}`. Did you mean `/bedrock{path}`? Set the endpoint URL of your client to this service's \
                 address followed by `/bedrock`.",
                path = self.uri.path()
            ));
        }
        if UpstreamName::parse(self.name).is_some_and(|name| name.is_reserved()) {
            let is_versioned = VERSIONS.contains(&self.rest.split('/').nth(1).unwrap_or_default());
            return if is_versioned {
                ApiError::EndpointNotSupported(unserved::path_advice(self.method, self.uri.path()))
            } else {
                ApiError::NotFound
            };
        }
        if !has_valid_key(self.headers, self.uri.query(), Scope::Chat, state).await {
            return ApiError::NotFound;
        }
        let name: String = self.name.chars().take(MAX_SHOWN_CHARS).collect();
        let names = state.upstream_names().join(", ");
        ApiError::EndpointNotSupported(format!("There is no upstream `{name}`. There are: {names}."))
    }
}

/// The error in the shape that the path promises.
pub(super) fn shaped(error: ApiError, shape: Option<ErrorShape>) -> Response {
    let mut response = error.into_response();
    if let Some(shape) = shape {
        response.extensions_mut().insert(shape);
    }
    response
}

/// Whether a path is a model of Bedrock's with a method.
fn is_of_bedrock(path: &str) -> bool {
    path.strip_prefix("/model/").is_some_and(|call| call.contains('/'))
}
