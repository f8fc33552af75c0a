//! Upstreams: paths below their names, their keys, their prices, and how they change.

mod costs;
mod groq;
mod requests;
mod unknown;

use axum::Router;
use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, get, post, request, send};

use crate::router;
use crate::scripted::{ScriptedProvider, response};

pub(crate) const ANSWER: &str = r#"{"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;
pub(crate) const KEYS: [(&str, &str); 2] =
    [("UPSTREAM_GROQ_KEY", "gsk-of-the-tests"), ("UPSTREAM_AZURE_EU_KEY", "azure-key-of-the-tests")];

/// Adds an upstream with these columns in place of the defaults.
pub(crate) async fn add(harness: &Harness, name: &str, base_url: &str, changes: &[(&str, &str)]) {
    let mut columns = vec![
        ("name", name),
        ("wire", "openai"),
        ("base_url", base_url),
        ("auth", "bearer"),
        ("price_provider", "openai"),
        ("price_source", "table"),
        ("adds_stream_options", "true"),
        ("output_bound_member", "max_tokens"),
        ("models", "{}"),
    ];
    for (column, value) in changes {
        columns.retain(|(known, _)| known != column);
        columns.push((column, value));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> = columns.iter().map(|(_, value)| format!("'{value}'")).collect();
    harness
        .db
        .execute(&format!("insert into upstreams ({}) values ({})", names.join(", "), values.join(", ")))
        .await;
}

fn hello() -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]})
}

pub(crate) async fn answering(times: usize) -> ScriptedProvider {
    let answer = response("200 OK", "content-type: application/json\r\n", ANSWER.as_bytes());
    ScriptedProvider::start(vec![vec![vec![answer]; times]]).await
}

/// The first line and the body of a request, and its headers that name a key.
pub(crate) fn sent(request: &str) -> (String, Vec<String>, Value) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap().to_owned();
    let keys = lines
        .filter(|line| ["authorization", "api-key", "x-api-key"].iter().any(|name| line.starts_with(name)));
    (first, keys.map(str::to_owned).collect(), serde_json::from_str(body).unwrap_or_default())
}

fn refusal(reply: &Reply) -> String {
    let error = &reply.json()["error"];
    let message = error["message"].as_str().unwrap();
    format!("{} {}", reply.status.as_u16(), message.chars().take(80).collect::<String>())
}

#[tokio::test]
async fn call_is_sent_to_the_upstream_that_its_path_names() {
    let harness = Harness::start().await;
    let (groq, router) = (answering(1).await, router(&harness, &KEYS).await);
    let key = harness.key().create().await;
    // Added after the start: the first call finds it.
    add(&harness, "groq", &groq.base_url, &[("price_provider", "groq")]).await;
    let reply = post(&router, "/groq/v1/chat/completions", &key, hello()).await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, ANSWER.to_owned()));
    let (first, keys, body) = sent(&groq.requests()[0]);
    assert_eq!(first, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(keys, ["authorization: Bearer gsk-of-the-tests"]);
    assert_eq!(body, hello());
    let row = harness.only_row().await;
    assert_eq!(
        (&row["provider"], &row["model"], &row["status"]),
        (&json!("groq"), &json!("gpt-4o"), &json!("settled"))
    );
    assert_eq!((&row["input_tokens"], &row["output_tokens"]), (&json!(9), &json!(2)));
    // Groq has no such price, and OpenAI's is not taken for it.
    assert_eq!(row["cost_pico_usd"], Value::Null);
}

#[tokio::test]
async fn providers_of_the_environment_have_their_names_too() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let chat = post(&router, "/openai/v1/chat/completions", &key, hello()).await;
    assert_eq!(chat.status, StatusCode::OK, "{}", chat.text());
    let body =
        json!({"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    let message = post(&router, "/anthropic/v1/messages", &key, body).await;
    assert_eq!(message.status, StatusCode::OK, "{}", message.text());
    let mut listed = request(Method::GET, "/anthropic/v1/models", &key, Body::empty());
    listed.headers_mut().insert("anthropic-version", "2023-06-01".parse().unwrap());
    assert_eq!(send(&router, listed).await.json()["data"][0]["type"], "model");
    assert_eq!(get(&router, "/openai/v1/models", &key).await.json()["object"], "list");
    let providers: Vec<Value> = harness.ledger().await.iter().map(|row| row["provider"].clone()).collect();
    assert_eq!(providers, ["openai", "anthropic"]);
}

#[tokio::test]
async fn other_paths_are_refused_in_the_format_of_the_upstream() {
    let harness = Harness::start().await;
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    add(&harness, "groq", "http://127.0.0.1:9/v1", &[]).await;
    add(&harness, "claude-eu", "http://127.0.0.1:9", &[("wire", "anthropic"), ("auth", "x-api-key")]).await;
    for path in [
        "/groq/v1/messages",
        "/groq/v1/files",
        "/groq/chat/completions",
        "/groq/v1/../files",
        "/groq/x",
        "/groq/",
    ] {
        let reply = post(&router, path, &key, hello()).await;
        assert!(
            refusal(&reply).starts_with("404 Tokenmeter does not serve `POST /groq/"),
            "{path}: {}",
            reply.text()
        );
    }
    let wrong_method = send(&router, request(Method::PUT, "/groq/v1/embeddings", &key, Body::empty())).await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    let reply = post(&router, "/claude-eu/v1/chat/completions", &key, hello()).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["type"]),
        (StatusCode::NOT_FOUND, &json!("not_found_error"))
    );
    let reply = post(&router, "/claude-eu/v1/messages", "tm_wrong", json!({})).await;
    assert_eq!((reply.status, &reply.json()["type"]), (StatusCode::UNAUTHORIZED, &json!("error")));
    assert_eq!(harness.ledger().await.len(), 0);
}

#[tokio::test]
async fn upstreams_take_no_provider_keys_of_callers() {
    let harness = Harness::start().await;
    let router = router(&harness, &KEYS).await;
    add(&harness, "groq", "http://127.0.0.1:9/v1", &[]).await;
    let reply = post(&router, "/groq/v1/chat/completions", "sk-of-another-company", hello()).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{}", reply.text());
}

/// The request that the upstream got last, and the reply to it.
async fn after(router: &Router, upstream: &ScriptedProvider, key: &str) -> (u16, Option<String>) {
    let reply = post(router, "/groq/v1/chat/completions", key, hello()).await;
    (reply.status.as_u16(), upstream.requests().last().map(|request| sent(request).0))
}

#[tokio::test]
async fn changes_apply_to_the_next_call() {
    let harness = Harness::start().await;
    let (first, second) = (answering(1).await, answering(2).await);
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    add(&harness, "groq", &first.base_url, &[]).await;
    assert_eq!(after(&router, &first, &key).await.0, 200);
    let moved = format!("update upstreams set base_url = '{}', price_provider = 'groq'", second.base_url);
    harness.db.execute(&moved).await;
    assert_eq!(
        after(&router, &second, &key).await,
        (200, Some("POST /v1/chat/completions HTTP/1.1".to_owned()))
    );
    let providers: Vec<Value> = harness.ledger().await.iter().map(|row| row["provider"].clone()).collect();
    assert_eq!(providers, ["openai", "groq"]);
    // Another change of prices leaves it as it is.
    harness.db.execute("update model_aliases set model = model").await;
    assert_eq!(after(&router, &second, &key).await.0, 200);
    harness.db.execute("delete from upstreams").await;
    assert_eq!(after(&router, &second, &key).await.0, 404);
    assert_eq!((second.requests().len(), harness.open_calls().await), (2, 0));
}

#[tokio::test]
async fn upstream_without_a_key_refuses_calls_and_one_that_takes_none_does_not() {
    let harness = Harness::start().await;
    let ollama = answering(1).await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    add(&harness, "groq", "http://127.0.0.1:9/v1", &[]).await;
    add(&harness, "ollama", &ollama.base_url, &[("auth", "none")]).await;
    let reply = post(&router, "/groq/v1/chat/completions", &key, hello()).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("provider_key_missing"))
    );
    let reply = post(&router, "/ollama/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(sent(&ollama.requests()[0]).1.is_empty(), "{:?}", ollama.requests());
}

#[tokio::test]
async fn browsers_may_call_upstreams_from_any_origin() {
    let harness = Harness::start().await;
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    let groq = answering(1).await;
    add(&harness, "groq", &groq.base_url, &[]).await;
    for (method, path) in
        [(Method::OPTIONS, "/groq/v1/chat/completions"), (Method::POST, "/groq/v1/chat/completions")]
    {
        let mut request = request(method.clone(), path, &key, Body::from(hello().to_string()));
        request.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
        request.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
        let reply = send(&router, request).await;
        assert_eq!(reply.status, StatusCode::OK, "{method}");
        let allowed: Vec<_> = reply.headers.get_all("access-control-allow-origin").iter().collect();
        assert_eq!(allowed, ["*"], "{method}");
        assert_eq!(reply.headers.get_all("vary").iter().count(), 1, "{method}: {:?}", reply.headers);
    }
}
