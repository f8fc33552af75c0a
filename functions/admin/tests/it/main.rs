//! `admin` over its router: the wire on one side, rows and the calls of the changed keys on the other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod audit;
mod binding;
mod bodies;
mod escalation;
mod events;
mod facts;
mod fees;
mod keys;
mod last_admin;
mod limits;
mod model_routes;
mod paging;
mod prices;
mod revisions;
mod rotation;
mod upstreams;
mod versions;

use admin::{AdminState, Config};
use axum::Router;
use axum::body::Body;
use domain::keys::Scope;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

/// A test's database, the router as deployed, with the rights of its own database role only, and an administrator.
struct World {
    harness: Harness,
    router: Router,
    admin: String,
}

impl World {
    async fn start() -> Self {
        let harness = Harness::start().await;
        let config = Config::from_env(&harness.environment("admin", &[])).expect("a configuration");
        let router = admin::router(AdminState::new(config).await.expect("a state"));
        let admin = harness.key().scopes(&[Scope::Admin]).create().await;
        Self { harness, router, admin }
    }

    async fn get(&self, path: &str) -> Reply {
        testkit::get(&self.router, path, &self.admin).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        post(&self.router, path, &self.admin, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, &[], &body.to_string()).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], "").await
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&'static str, &str)], body: &str) -> Reply {
        let mut request = request(method, path, &self.admin, Body::from(body.to_owned()));
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a header");
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        send(&self.router, request).await
    }

    /// A new key for chat: its path and its secret.
    async fn chat_key(&self) -> (String, String) {
        let made = self.post("/api/keys", json!({"name": "chat", "scopes": ["chat"]})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let made = made.json();
        let text = |field: &str| made[field].as_str().expect("text").to_owned();
        (format!("/api/keys/{}", text("id")), text("secret"))
    }

    /// `chat`, on the same database.
    async fn chat(&self) -> Router {
        self.chat_with(&[]).await
    }

    async fn chat_with(&self, changes: &[(&str, &str)]) -> Router {
        let environment = self.harness.environment("chat", changes);
        let config = chat::Config::from_env(&environment).expect("a configuration");
        chat::router(chat::ChatState::new(config).await.expect("a state"))
    }
}

/// A call with a key, and the status it is answered with.
async fn call(chat: &Router, secret: &str) -> u16 {
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]});
    post(chat, "/v1/chat/completions", secret, body).await.status.as_u16()
}

/// The status and each field with what is wrong with it.
fn refusal(reply: &Reply) -> String {
    let body = reply.json();
    let kind = body["type"].as_str().unwrap().trim_start_matches("urn:tokenmeter:error:");
    let mut parts = vec![format!("{} {kind}", reply.status.as_u16())];
    parts.extend(body["errors"].as_array().into_iter().flatten().map(|error| {
        format!("{}: {}", error["field"].as_str().unwrap(), error["message"].as_str().unwrap())
    }));
    parts.join(" | ")
}
