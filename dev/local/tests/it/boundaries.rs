//! Requests at the edge of HTTP and JSON, on every path: a clear 4xx or the right 2xx, never a 5xx, and no call is
//! lost.

mod bodies;
mod headers;

use std::collections::BTreeMap;

use axum::Router;
use domain::keys::Scope;
use http::{Method, StatusCode};
use testkit::{Harness, Reply, request, send};

use crate::contract::operations;
use crate::host::router;

/// All routers of the product, with a key that may do everything.
struct World {
    harness: Harness,
    router: Router,
    key: String,
}

impl World {
    async fn start() -> Self {
        let harness = Harness::start().await;
        let router = router(&harness).await;
        let key = harness.key().scopes(&[Scope::Admin]).create().await;
        Self { harness, router, key }
    }

    async fn send(&self, method: &Method, path: &str, body: impl Into<axum::body::Body>) -> Reply {
        send(&self.router, request(method.clone(), path, &self.key, body)).await
    }

    /// Every request that reached the provider is in the ledger, and no call is open.
    async fn assert_nothing_is_lost(&self) {
        assert_eq!(self.harness.open_calls().await, 0);
        let calls = self.harness.db.rows("select id from usage_logs where revision = 0").await.len();
        let sent = self.harness.mock.requests();
        // Lists of models are no calls.
        let is_of_models = |path: &str| path.starts_with("/v1/models") || path.starts_with("/v1beta/models");
        let sent = sent.iter().filter(|request| !is_of_models(&request.path) || request.path.contains(':'));
        assert_eq!(calls, sent.count());
    }
}

/// The documented paths with ids in place of parameters, and the methods of each.
fn paths() -> BTreeMap<String, Vec<Method>> {
    let mut paths: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for (operation, _) in operations() {
        let (method, path) = operation.split_once(' ').unwrap();
        let path = path
            .replace("{model}", "gpt-4o")
            .replace("{modelId}", "m")
            .replace("{response_id}", "resp_1")
            .replace("{id}", "x");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        paths.entry(path).or_default().push(method);
    }
    paths
}

/// Whether an error has the body that its path promises.
fn is_well_formed(path: &str, reply: &Reply) -> bool {
    let kind = if is_of_providers(path) { "application/json" } else { "application/problem+json" };
    let body = reply.json();
    let message = if path.starts_with("/bedrock") {
        &body["message"]
    } else if path.starts_with("/v1") {
        &body["error"]["message"]
    } else {
        &body["detail"]
    };
    reply.header("content-type") == Some(kind) && message.as_str().is_some_and(|text| !text.is_empty())
}

fn is_of_providers(path: &str) -> bool {
    ["/v1", "/bedrock"].iter().any(|start| path.starts_with(start))
}

#[tokio::test]
async fn every_path_answers_every_method() {
    let world = World::start().await;
    for (path, served) in paths() {
        let got = world.send(&Method::GET, &path, "").await.status;
        for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            let reply = world.send(&method, &path, "").await;
            let what = format!("{method} {path}: {} {}", reply.status, reply.text());
            assert!(!reply.status.is_server_error(), "{what}");
            assert!(reply.header("x-request-id").is_some(), "{what}");
            let is_head = method == Method::HEAD;
            if is_head && served.contains(&Method::GET) {
                assert_eq!((reply.status, reply.body.len()), (got, 0), "{what}");
            } else if method == Method::OPTIONS && is_of_providers(&path) {
                assert_eq!(reply.status, StatusCode::OK, "{what}");
                assert!(reply.header("access-control-allow-origin").is_some(), "{what}");
            } else if served.contains(&method) {
                assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{what}");
            } else {
                assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{what}");
                let allowed = reply.header("allow").unwrap_or_default();
                assert!(served.iter().all(|method| allowed.contains(method.as_str())), "{what} {allowed}");
                assert!(is_head || is_well_formed(&path, &reply), "{what}");
            }
        }
    }
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn paths_with_more_slashes_are_not_found() {
    let world = World::start().await;
    for (path, methods) in paths() {
        for method in methods {
            for other in
                [format!("{path}/"), format!("/{path}"), format!("{path}//"), path.replacen('/', "//", 2)]
            {
                let reply = world.send(&method, &other, "").await;
                let what = format!("{method} {other}: {} {}", reply.status, reply.text());
                assert_eq!(reply.status, StatusCode::NOT_FOUND, "{what}");
                assert!(reply.header("x-request-id").is_some(), "{what}");
            }
        }
    }
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn parameters_that_take_one_value_are_refused_if_repeated() {
    let world = World::start().await;
    let mut tried = 0;
    for (operation, described) in operations() {
        let path = operation.strip_prefix("get /api/").filter(|path| !path.contains('{'));
        let Some(path) = path else { continue };
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "query" || parameter["schema"]["type"] == "array" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            // Read before the key, as what the request is authorised by.
            if name == "link" {
                continue;
            }
            let reply = world.send(&Method::GET, &format!("/api/{path}?{name}=1&{name}=2"), "").await;
            let body = reply.json();
            let errors = body["errors"].as_array().unwrap();
            let is_named = errors
                .iter()
                .any(|error| error["field"] == name && error["message"] == "must be sent only once");
            assert!(
                is_named && reply.status == StatusCode::UNPROCESSABLE_ENTITY,
                "{operation} {name}: {body}"
            );
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried}");
}
