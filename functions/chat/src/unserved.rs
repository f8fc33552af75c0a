//! Paths of the providers' APIs that are not served. SDKs show nothing of an error that is not their provider's object,
//! so each of these paths gets one that says what to change.

use std::borrow::Cow;

use axum::Router;
use axum::routing::any;
use domain::calls::Wire;
use http::{Method, Uri};
use web::{ApiError, OPENAI_RESOURCES, is_anthropic_path, is_bedrock_path, is_google_method, is_google_path};

use crate::state::ChatState;

/// What is served below `/v1`; `{…}` stands for one segment, `{model}` for one or more.
const SERVED: [(&str, &str); 18] = [
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/responses/compact"),
    ("POST", "/v1/responses/input_tokens"),
    ("GET", "/v1/responses/{response_id}"),
    ("DELETE", "/v1/responses/{response_id}"),
    ("POST", "/v1/responses/{response_id}/cancel"),
    ("GET", "/v1/responses/{response_id}/input_items"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/moderations"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model}"),
    ("GET", "/v1beta/models"),
    ("GET", "/v1beta/models/{model}"),
    ("POST", "/v1beta/models/{model}"),
];

/// What is served below Bedrock's prefix.
const SERVED_OF_BEDROCK: [(&str, &str); 5] = [
    ("POST", "/bedrock/model/{modelId}/converse"),
    ("POST", "/bedrock/model/{modelId}/converse-stream"),
    ("POST", "/bedrock/model/{modelId}/invoke"),
    ("POST", "/bedrock/model/{modelId}/invoke-with-response-stream"),
    ("POST", "/bedrock/model/{modelId}/count-tokens"),
];

/// Where Gemini's clients send requests, in any version.
const GEMINI_PREFIXES: [&str; 3] = ["/v1beta", "/v1alpha", "/gemini"];

/// Everything below `/v1`, and paths of clients whose base URL lacks `/v1`.
pub(crate) fn routes() -> Router<ChatState> {
    let router =
        ["/v1", "/bedrock"].into_iter().chain(GEMINI_PREFIXES).fold(Router::new(), |router, prefix| {
            router
                .route(prefix, any(refuse_path))
                .route(&format!("{prefix}/"), any(refuse_path))
                .route(&format!("{prefix}/{{*path}}"), any(refuse_path))
        });
    OPENAI_RESOURCES.into_iter().chain(["messages"]).fold(router, |router, resource| {
        router
            .route(&format!("/{resource}"), any(refuse_path))
            .route(&format!("/{resource}/{{*path}}"), any(refuse_path))
    })
}

/// Whether something of this format is served at a path, whatever the method.
pub(crate) fn is_served_by(wire: Wire, path: &str) -> bool {
    let meant = match wire {
        Wire::Gemini => default_version(path),
        Wire::Bedrock => return is_served_of_bedrock(path),
        Wire::OpenAi | Wire::Anthropic => path.into(),
    };
    let path = segments(&meant);
    served_by(wire).any(|(_, pattern)| is_match(pattern, &path))
}

/// The name of a model may be an ARN, whose slash a gateway has decoded.
pub(crate) fn is_served_of_bedrock(path: &str) -> bool {
    let Some((model, method)) = path.strip_prefix("/bedrock/model/").and_then(|call| call.rsplit_once('/'))
    else {
        return false;
    };
    let is_method = SERVED_OF_BEDROCK.iter().any(|(_, pattern)| pattern.rsplit('/').next() == Some(method));
    is_method && segments(model).len() <= 2 && !model.is_empty()
}

fn served_by(wire: Wire) -> impl Iterator<Item = (&'static str, &'static str)> {
    SERVED.into_iter().chain(SERVED_OF_BEDROCK).filter(move |(_, pattern)| match wire {
        Wire::Bedrock => pattern.starts_with("/bedrock/"),
        Wire::Gemini => pattern.starts_with("/v1beta/"),
        Wire::Anthropic => pattern.starts_with("/v1/messages") || pattern.starts_with("/v1/models"),
        Wire::OpenAi => pattern.starts_with("/v1/") && !pattern.starts_with("/v1/messages"),
    })
}

/// What is served below the name of an upstream, for a path that is not.
pub(crate) fn advice_below_prefix(wire: Wire, prefix: &str, method: &Method, path: &str) -> String {
    let own = |path: &'static str| path.strip_prefix("/bedrock").unwrap_or(path);
    let served: Vec<String> =
        served_by(wire).map(|(method, path)| format!("{method} /{prefix}{}", own(path))).collect();
    format!("Tokenmeter does not serve `{method} /{prefix}{path}`. It serves {}.", served.join(", "))
}

async fn refuse_path(method: Method, uri: Uri) -> ApiError {
    ApiError::EndpointNotSupported(path_advice(&method, uri.path()))
}

/// For a served path with another method.
pub(crate) async fn refuse_method(method: Method, uri: Uri) -> ApiError {
    let path = uri.path();
    if is_bedrock_path(path) {
        return ApiError::MethodNotSupported(format!(
            "Tokenmeter does not serve `{method} {path}`. Use POST."
        ));
    }
    let meant = default_version(path);
    let served = SERVED.into_iter().filter(|(_, pattern)| is_match(pattern, &segments(&meant)));
    // As in the router, a path that is served by its name is no id.
    let is_named = SERVED.iter().any(|(_, pattern)| *pattern == path);
    let served = served.filter(|(_, pattern)| !is_named || *pattern == path);
    let methods: Vec<&str> = served.map(|(method, _)| method).collect();
    ApiError::MethodNotSupported(format!(
        "Tokenmeter does not serve `{method} {path}`. Use {}.",
        methods.join(" or ")
    ))
}

pub(crate) fn path_advice(method: &Method, path: &str) -> String {
    if is_bedrock_path(path) {
        let rest = path.trim_start_matches('/').strip_prefix("bedrock").unwrap_or_default();
        return advice_below_prefix(Wire::Bedrock, "bedrock", method, rest);
    }
    if let Some(meant) = served_path(path) {
        if is_google_path(&meant) {
            return format!(
                "There is no `{path}`. Did you mean `{meant}`? Set the base URL of your client to this service's address, \
                 without a version."
            );
        }
        let tail = if is_anthropic_path(path) { ", without `/v1`" } else { " followed by `/v1`" };
        return format!(
            "There is no `{path}`. Did you mean `{meant}`? Set the base URL of your client to this service's \
             address{tail}."
        );
    }
    let served: Vec<String> = SERVED.iter().map(|(method, path)| format!("{method} {path}")).collect();
    format!("Tokenmeter does not serve `{method} {path}`. It serves {}.", served.join(", "))
}

/// Of Gemini's versions, those that are served alike are listed once.
fn default_version(path: &str) -> Cow<'_, str> {
    let rest = path.strip_prefix("/gemini").unwrap_or(path);
    let versions: &[&str] = if is_google_path(path) || rest != path {
        &["/v1alpha/", "/v1beta/", "/v1/"]
    } else {
        &["/v1alpha/"]
    };
    match versions.iter().find_map(|version| rest.strip_prefix(version)) {
        Some(rest) => format!("/v1beta/{}", rest.replace("tunedModels", "models")).into(),
        None => path.into(),
    }
}

/// The served path that the end of a path names: `/openai/deployments/x/chat/completions` means `/v1/chat/completions`.
fn served_path(path: &str) -> Option<String> {
    let segments = segments(path);
    let ends = (0..segments.len()).filter_map(|start| segments.get(start..));
    let version = if path.rsplit('/').next().is_some_and(is_google_method) { "v1beta" } else { "v1" };
    ends.map(|end| [&[version], end].concat())
        .find(|meant| SERVED.iter().any(|(_, pattern)| is_match(pattern, meant)))
        .map(|meant| format!("/{}", meant.join("/")))
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn is_match(pattern: &str, path: &[&str]) -> bool {
    let pattern = segments(pattern);
    let is_long_enough = match pattern.last() {
        Some(&"{model}") => path.len() >= pattern.len(),
        _ => path.len() == pattern.len(),
    };
    is_long_enough
        && pattern.iter().zip(path).all(|(wanted, segment)| wanted.starts_with('{') || wanted == segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn served_paths_are_those_of_the_document() {
        let documented = crate::openapi().paths.paths.into_iter().filter(|(path, _)| path.starts_with("/v1"));
        let documented = documented.flat_map(|(path, item)| {
            let methods =
                [("GET", item.get), ("POST", item.post), ("DELETE", item.delete), ("PUT", item.put)];
            methods
                .into_iter()
                .filter(|(_, operation)| operation.is_some())
                .map(move |(method, _)| (method, path.clone()))
        });
        let mut documented: Vec<(&str, String)> = documented.collect();
        let mut served: Vec<(&str, String)> =
            SERVED.into_iter().map(|(method, path)| (method, path.to_owned())).collect();
        documented.sort();
        served.sort();
        assert_eq!(served, documented);
    }

    #[test]
    fn advice_names_the_path_that_was_meant() {
        for (path, meant) in [
            ("/chat/completions", "/v1/chat/completions"),
            ("/v1/v1/chat/completions", "/v1/chat/completions"),
            ("/v1//chat/completions", "/v1/chat/completions"),
            ("/v1/chat/completions/", "/v1/chat/completions"),
            ("/openai/deployments/gpt-4o/chat/completions", "/v1/chat/completions"),
            ("/openai/v1/responses", "/v1/responses"),
            ("/v1/engines/ada/embeddings", "/v1/embeddings"),
            ("/models", "/v1/models"),
            ("/models/openai/gpt-4o", "/v1/models/openai/gpt-4o"),
            ("/v1beta/openai/chat/completions", "/v1/chat/completions"),
            ("/v1beta/v1beta/models/g:generateContent", "/v1beta/models/g:generateContent"),
            ("/v1/v1beta/models/g:countTokens", "/v1beta/models/g:countTokens"),
        ] {
            assert_eq!(served_path(path).as_deref(), Some(meant), "{path}");
        }
        for path in ["/v1", "/v1/images/generations", "/v1/chat", "/openai/deployments/x/audio/speech"] {
            assert_eq!(served_path(path), None, "{path}");
        }
        let advice = path_advice(&Method::POST, "/v1/images/generations");
        assert!(
            advice.starts_with(
                "Tokenmeter does not serve `POST /v1/images/generations`. It serves POST /v1/chat"
            )
        );
    }
}
