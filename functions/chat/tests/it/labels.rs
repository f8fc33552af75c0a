//! Labels: one rule wherever one is sent, shown on every response, and protected against callers without a key.

use axum::body::Body;
use domain::limits::{Metric, Period};
use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;

const PATH: &str = "/v1/chat/completions";

fn hello() -> Value {
    json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]})
}

fn with_label(key: &str, label: &[u8], body: &Value) -> Request<Body> {
    let mut request = request(Method::POST, PATH, key, body.to_string());
    request.headers_mut().insert("x-user-label", HeaderValue::from_bytes(label).unwrap());
    request
}

async fn label_of(harness: &Harness, reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let id = reply.header("x-tokenmeter-call-id").unwrap().trim_start_matches("call_").to_owned();
    let rows = harness.db.rows(&format!("select user_label from usage_logs where id = '{id}'")).await;
    rows[0]["user_label"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_source_of_a_label_follows_the_same_rule() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (sent, label) in [
        ("auth0|6543", "auth0|6543"),
        (r"DOMAIN\bob", r"DOMAIN\bob"),
        ("o'neil@x.com", "o'neil@x.com"),
        ("user#1", "user#1"),
        ("José", "José"),
        ("Jose\u{301}", "José"),
        ("हिन्दी", "हिन्दी"),
        (" x ", "x"),
        ("x\u{a0}", "x"),
    ] {
        let mut replies = vec![send(&router, with_label(&key, sent.as_bytes(), &hello())).await];
        for (field, value) in [
            ("metadata", json!({"user_label": sent})),
            ("safety_identifier", json!(sent)),
            ("user", json!(sent)),
        ] {
            let mut body = hello();
            body[field] = value;
            replies.push(post(&router, PATH, &key, body).await);
        }
        let body = json!({"user_label": sent, "model": "gpt-4o-mini", "prompt": "Hello"});
        replies.push(post(&router, "/api/llm/chat", &key, body).await);
        for reply in replies {
            assert_eq!(label_of(&harness, &reply).await, label);
        }
    }
}

#[tokio::test]
async fn invalid_explicit_labels_are_refused_with_a_reason() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let long = "x".repeat(129);
    let mut answers = Vec::new();
    for label in [&b"Jos\xe9"[..], b" ", "a\u{200b}b".as_bytes(), "a\u{202e}b".as_bytes(), long.as_bytes()] {
        let reply = send(&router, with_label(&key, label, &hello())).await;
        answers.push(format!("{} {}", reply.status.as_u16(), reply.json()["error"]["message"]));
    }
    let mut body = hello();
    body["metadata"] = json!({"user_label": "a\nb"});
    let reply = post(&router, PATH, &key, body).await;
    answers.push(format!("{} {}", reply.status.as_u16(), reply.json()["error"]["message"]));
    insta::assert_snapshot!(answers.join("\n"), @r#"
    400 "'X-User-Label' is not valid UTF-8. Encode the header as UTF-8, or send the label as 'metadata.user_label' in the body."
    400 "'X-User-Label' must be 1 to 128 characters without control or invisible characters."
    400 "'X-User-Label' must be 1 to 128 characters without control or invisible characters."
    400 "'X-User-Label' must be 1 to 128 characters without control or invisible characters."
    400 "'X-User-Label' must be 1 to 128 characters without control or invisible characters."
    400 "'metadata.user_label' must be 1 to 128 characters without control or invisible characters."
    "#);
    assert_eq!(harness.mock.counters().total.requests, 0);
}

#[tokio::test]
async fn long_user_fields_are_shortened_and_stay_different() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut labels = std::collections::BTreeSet::new();
    for end in ["a", "b", "a"] {
        let mut body = hello();
        body["user"] = json!(format!("{}{end}", "u".repeat(200)));
        let label = label_of(&harness, &post(&router, PATH, &key, body).await).await;
        assert!(label.starts_with(&"u".repeat(100)) && label.chars().count() <= 128, "{label}");
        labels.insert(label);
    }
    assert_eq!(labels.len(), 2);
}

#[tokio::test]
async fn limit_on_a_label_holds_for_every_way_to_write_it() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Requests, 1).label("José").per(Period::Day).create().await;
    assert_eq!(send(&router, with_label(&key, "José".as_bytes(), &hello())).await.status, StatusCode::OK);
    for label in ["José ", "Jose\u{301}", "\u{3000}José"] {
        let reply = send(&router, with_label(&key, label.as_bytes(), &hello())).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{label:?}");
    }
}

#[tokio::test]
async fn every_response_to_an_admitted_call_names_its_label() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await;
    let (free, bound) = (harness.key().create().await, harness.key().label("50% team").create().await);
    let mut streamed = hello();
    streamed["stream"] = json!(true);
    let mut failing = hello();
    failing["model"] = json!("mock-500");
    let mut unreadable = hello();
    unreadable["model"] = json!("mock-reset");
    let label = "José".as_bytes();
    for body in [hello(), streamed, failing, unreadable] {
        let reply = send(&router, with_label(&free, label, &body)).await;
        assert_eq!(reply.header("x-tokenmeter-user-label"), Some("Jos%C3%A9"), "{body}");
    }
    let reply = post(&router, PATH, &bound, hello()).await;
    assert_eq!(reply.header("x-tokenmeter-user-label"), Some("50%25 team"));
    let prompt = json!({"user_label": "x", "model": "mock-400", "prompt": "Hello"});
    let reply = post(&router, "/api/llm/chat", &free, prompt).await;
    assert_eq!(reply.header("x-tokenmeter-user-label"), Some("x"));
    let refused = send(&router, with_label(&bound, label, &hello())).await;
    assert_eq!(refused.header("x-tokenmeter-user-label"), None, "a refused call is counted nowhere");
}

#[tokio::test]
async fn provider_key_alone_cannot_use_a_label_that_is_claimed() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    harness.key().label("bound").create().await;
    harness.limit(Metric::Usd, 1_000_000_000_000).label("limited").create().await;
    for label in ["bound", "limited", " bound "] {
        let passthrough = send(&router, with_label("sk-callers-own-key", label.as_bytes(), &hello())).await;
        let mut body = json!({"user_label": label, "model": "gpt-4o-mini", "prompt": "Hello"});
        body["api_key"] = json!("sk-callers-own-key");
        let chat = post(&router, "/api/llm/chat", "", body).await;
        assert_eq!(
            (passthrough.status, chat.status),
            (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED),
            "{label}"
        );
        assert_eq!(passthrough.json()["error"]["code"], "label_needs_key");
        assert_eq!(chat.json()["type"], "urn:tokenmeter:error:label_needs_key");
    }
    assert!(harness.ledger().await.is_empty());
    let free = send(&router, with_label("sk-callers-own-key", b"free", &hello())).await;
    assert_eq!(free.status, StatusCode::OK, "{}", free.text());
}

#[tokio::test]
async fn call_with_a_provider_key_alone_counts_only_in_global_requests_and_concurrency() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    harness.limit(Metric::Usd, 0).create().await;
    harness.limit(Metric::Tokens, 0).per(Period::Day).create().await;
    harness.limit(Metric::Requests, 2).per(Period::Day).create().await;
    harness.limit(Metric::Concurrency, 1).create().await;
    // Nothing proves its label.
    harness.limit(Metric::Requests, 0).label("*").create().await;
    let call = async || send(&router, with_label("sk-callers-own-key", b"free", &hello())).await;
    for _ in 0..2 {
        let reply = call().await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.header("x-tokenmeter-budget-remaining-usd"), None);
    }
    let used: Vec<String> = harness
        .db
        .rows("select metric, settled, reserved, overrun from limit_windows order by metric")
        .await
        .iter()
        .map(|row| format!("{} {} {} {}", row["metric"], row["settled"], row["reserved"], row["overrun"]))
        .collect();
    assert!(used.iter().all(|used| used.ends_with("0 0 0") || used == "\"requests\" 2 0 0"), "{used:?}");
    assert_eq!(call().await.status, StatusCode::TOO_MANY_REQUESTS);
}
