//! Sends a request on whose path begins with the name of an upstream: to the same routes, without the name.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use domain::calls::Wire;
use domain::upstreams::UpstreamName;
use http::Uri;
use http::uri::PathAndQuery;
use tower::ServiceExt;
use web::{ApiError, ErrorShape};

use super::unknown::{Asked, shaped};
use super::{Place, Route, azure};
use crate::any_origin;
use crate::incoming::carried_extensions;
use crate::state::ChatState;
use crate::unserved;

/// Adds the paths below names of upstreams to those that are served.
pub(crate) fn with_prefixes(served: Router, below_prefixes: Router, state: ChatState) -> Router {
    let dispatch = move |request: Request| dispatch(state.clone(), below_prefixes.clone(), request);
    let dispatched = any(dispatch).layer(any_origin());
    served.route("/{upstream}/", dispatched.clone()).route("/{upstream}/{*path}", dispatched)
}

async fn dispatch(state: ChatState, served: Router, mut request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (name, rest) = split(&path);
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let asked = Asked { name, rest, method, uri, headers };
    let route = match find(&state, name).await {
        Ok(Some(route)) => route,
        Ok(None) => return asked.refuse(&state).await,
        Err(error) => return shaped(error, asked.shape()),
    };
    let shape = ErrorShape::of_wire(route.wire, request.uri());
    let mut response = match addressed(route, (&path, rest), request.method()) {
        Ok((route, path)) => {
            *request.uri_mut() = with_path(request.uri(), &path);
            // Without the parameters of this route, which handlers would take for their own.
            let mut carried = carried_extensions(request.extensions_mut());
            carried.insert(route);
            *request.extensions_mut() = carried;
            served.oneshot(request).await.unwrap_or_else(|never| match never {})
        }
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(shape);
    response
}

/// The name of an upstream, and the path below it.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.find('/').map_or((path, ""), |at| path.split_at(at))
}

/// The providers of the environment have their own names. Others that are not known may have been added since.
async fn find(state: &ChatState, name: &str) -> Result<Option<Route>, ApiError> {
    let own = |wire| Ok(Some(Route { wire, upstream: None, place: Place::default() }));
    match name {
        "openai" => return own(Wire::OpenAi),
        "anthropic" => return own(Wire::Anthropic),
        _ => {}
    }
    if UpstreamName::parse(name).is_none_or(|name| name.is_reserved()) {
        return Ok(None);
    }
    let mut found = state.find_upstream(name);
    if found.is_none() {
        state.reload_for_unknown().await?;
        found = state.find_upstream(name);
    }
    let route = |upstream: std::sync::Arc<crate::upstreams::Upstream>| Route {
        wire: upstream.facts().wire,
        upstream: Some(upstream),
        place: Place::default(),
    };
    Ok(found.map(route))
}

/// The route of a served path, and that path.
fn addressed(
    route: Route,
    (full, rest): (&str, &str),
    method: &http::Method,
) -> Result<(Route, String), ApiError> {
    let (place, path) = match &route.upstream {
        Some(upstream) if azure::is_azure(upstream.facts()) => azure::address(rest),
        _ => (Place::default(), rest.to_owned()),
    };
    // The routes of Bedrock are below its prefix, so that no upstream's name hides them.
    let path = if route.wire == Wire::Bedrock { format!("/bedrock{path}") } else { path };
    if !unserved::is_served_by(route.wire, &path) {
        let advice = match &route.upstream {
            Some(upstream) => {
                unserved::advice_below_prefix(route.wire, upstream.facts().name.as_str(), method, rest)
            }
            None => unserved::path_advice(method, full),
        };
        return Err(ApiError::EndpointNotSupported(advice));
    }
    Ok((Route { place, ..route }, path))
}

pub(super) fn with_path(uri: &Uri, path: &str) -> Uri {
    let mut parts = uri.clone().into_parts();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    parts.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok().or(parts.path_and_query);
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_split_at_the_end_of_its_first_segment() {
        for (path, parts) in [
            ("/groq/v1/models", ("groq", "/v1/models")),
            ("/groq/", ("groq", "/")),
            ("//groq/v1", ("groq", "/v1")),
            ("/groq", ("groq", "")),
        ] {
            assert_eq!(split(path), parts, "{path}");
        }
        let uri = with_path(&"http://host/groq/v1/models?a=b%20c".parse().unwrap(), "/v1/models");
        assert_eq!(uri, "http://host/v1/models?a=b%20c");
    }

    #[test]
    fn first_segments_of_other_paths_are_no_names_of_upstreams() {
        let documented = crate::openapi().paths.paths;
        let firsts = documented.keys().filter_map(|path| path.split('/').nth(1));
        for first in firsts.chain(web::OPENAI_RESOURCES) {
            let name = UpstreamName::parse(first);
            assert!(name.is_none_or(|name| name.is_reserved()), "{first}");
        }
    }
}
