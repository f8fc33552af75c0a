//! Other hosts on the same port: what stands below `/at/{name}` is served as if it were another company's, so that
//! upstreams can be registered and tried locally.

use axum::body::{Body, to_bytes};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri};
use serde_json::Value;

const PREFIX: &str = "/at/";

/// In the extensions of a request that came below a prefix.
#[derive(Debug, Clone)]
pub(crate) struct Host;

/// The request as the routes know it: without the name of its host, and of Azure without what precedes OpenAI's paths.
pub(crate) async fn stripped(request: Request<Body>) -> Request<Body> {
    let Some(rest) = below_name(request.uri().path()) else { return request };
    let (path, deployment) = openai_path(rest);
    let (mut parts, mut body) = request.into_parts();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut uri = parts.uri.clone().into_parts();
    uri.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok().or(uri.path_and_query);
    parts.uri = Uri::from_parts(uri).unwrap_or(parts.uri);
    parts.extensions.insert(Host);
    if let Some(deployment) = deployment {
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let bytes = with_model(&bytes, &deployment).unwrap_or_else(|| bytes.to_vec());
        parts.headers.insert("content-length", HeaderValue::from(bytes.len()));
        body = bytes.into();
    }
    Request::from_parts(parts, body)
}

fn below_name(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(PREFIX)?;
    rest.find('/').and_then(|at| rest.get(at..))
}

/// The path of OpenAI that one of Azure's stands for, and the deployment that it names. Other paths stay.
fn openai_path(path: &str) -> (String, Option<String>) {
    let Some(below) = path.strip_prefix("/openai").filter(|below| below.starts_with('/')) else {
        return (path.to_owned(), None);
    };
    if below.starts_with("/v1/") {
        return (below.to_owned(), None);
    }
    match below.strip_prefix("/deployments/").and_then(|rest| rest.split_once('/')) {
        Some((deployment, endpoint)) => (format!("/v1/{endpoint}"), Some(deployment.to_owned())),
        None => (format!("/v1{below}"), None),
    }
}

/// A deployment is the model, whatever the body says.
fn with_model(body: &[u8], deployment: &str) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    body.as_object_mut()?.insert("model".to_owned(), deployment.into());
    serde_json::to_vec(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_azure_are_openais_paths() {
        for (path, found, deployment) in [
            ("/openai/v1/chat/completions", "/v1/chat/completions", None),
            ("/openai/deployments/prod/chat/completions", "/v1/chat/completions", Some("prod")),
            ("/openai/responses", "/v1/responses", None),
            ("/v1/models", "/v1/models", None),
            ("/v1beta/models/x:generateContent", "/v1beta/models/x:generateContent", None),
        ] {
            let (served, named) = openai_path(path);
            assert_eq!((served.as_str(), named.as_deref()), (found, deployment), "{path}");
        }
        assert_eq!(below_name("/at/azure/openai/v1/models"), Some("/openai/v1/models"));
        assert_eq!(below_name("/v1/models"), None);
        assert_eq!(with_model(br#"{"a":1}"#, "prod").unwrap(), br#"{"a":1,"model":"prod"}"#);
    }
}
