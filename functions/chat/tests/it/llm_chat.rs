//! `POST /api/llm/chat`.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;

const PATH: &str = "/api/llm/chat";

fn hello(label: &str) -> Value {
    json!({"user_label": label, "model": "gpt-4o-mini", "prompt": "Say hello in French."})
}

/// Status, problem type and invalid fields.
fn problem(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let body = reply.json();
    assert_eq!(body["status"], reply.status.as_u16());
    assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"));
    let fields: Vec<&str> =
        body["errors"].as_array().into_iter().flatten().filter_map(|error| error["field"].as_str()).collect();
    format!("{} {} {}", reply.status.as_u16(), body["type"].as_str().unwrap(), fields.join(","))
}

#[tokio::test]
async fn response_row_and_provider_agree_on_tokens_and_cost() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);

    let reply = post(&router, PATH, &key, hello("search-team")).await;

    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let body = reply.json();
    let row = harness.only_row().await;
    let served = harness.mock.counters().total.tokens;
    assert_eq!(body["usage"]["input_tokens"], row["input_tokens"]);
    assert_eq!(row["input_tokens"], served.input_tokens);
    assert_eq!(body["usage"]["output_tokens"], row["output_tokens"]);
    assert_eq!(row["output_tokens"], served.output_tokens);
    // gpt-4o-mini: 0.15 and 0.60 USD per 1M tokens.
    let cost = served.input_tokens * 150_000 + served.output_tokens * 600_000;
    assert_eq!(row["cost_pico_usd"], cost);
    assert_eq!(body["call_id"].as_str(), reply.header("x-request-id"));
    assert_eq!(
        (&row["status"], &row["user_label"], &row["http_status"]),
        (&json!("settled"), &json!("search-team"), &json!(200))
    );
    assert_eq!(row["served_model"], body["model"]);
    assert!(row["upstream_request_id"].as_str().is_some_and(|id| id.starts_with("req_")));
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn prompt_and_response_are_not_stored() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let secret = "the-prompt-that-must-not-be-stored";
    let reply =
        post(&router, PATH, &key, json!({"user_label": "a", "model": "gpt-4o", "prompt": secret})).await;
    let row = harness.only_row().await.to_string();
    assert!(!row.contains(secret));
    assert!(!row.contains(reply.json()["content"].as_str().unwrap()));
}

#[tokio::test]
async fn all_invalid_fields_are_reported_and_nothing_is_sent() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let long = "x".repeat(129);
    let mut answers = Vec::new();
    for body in [
        json!({}),
        json!({"user_label": "", "model": " ", "prompt": ""}),
        json!({"user_label": 7, "model": null, "prompt": ["x"]}),
        json!({"user_label": "a\nb", "model": "gpt-4o", "prompt": "x"}),
        json!({"user_label": long, "model": "gpt-4o", "prompt": "x"}),
        json!({"user_label": "a", "model": "gpt\u{0}4o", "prompt": "x"}),
        json!({"user_label": "a", "model": "gpt-4o", "prompt": "x", "api_key": "two words"}),
        json!({"user_label": "a", "model": "gpt-4o", "prompt": "x", "api_key": key}),
        json!(["not an object"]),
    ] {
        answers.push(problem(&post(&router, PATH, &key, body).await));
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    422 urn:tokenmeter:error:invalid_request user_label,model,prompt
    422 urn:tokenmeter:error:invalid_request user_label,model,prompt
    422 urn:tokenmeter:error:invalid_request user_label,model,prompt
    422 urn:tokenmeter:error:invalid_request user_label
    422 urn:tokenmeter:error:invalid_request user_label
    422 urn:tokenmeter:error:invalid_request model
    422 urn:tokenmeter:error:invalid_request api_key
    422 urn:tokenmeter:error:invalid_request api_key
    422 urn:tokenmeter:error:invalid_request
    ");
    assert_eq!(harness.mock.counters().total.requests, 0);
    assert!(harness.ledger().await.is_empty());
}

#[tokio::test]
async fn bad_bodies_paths_and_methods_have_their_status() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let not_json = send(&router, request(Method::POST, PATH, &key, "{\"user_label\":")).await;
    let too_large = send(&router, request(Method::POST, PATH, &key, vec![b' '; 6 * 1024 * 1024 + 1])).await;
    let unknown = send(&router, request(Method::POST, "/api/nothing", &key, "{}")).await;
    let method = send(&router, request(Method::GET, PATH, &key, "")).await;
    let deep = "[".repeat(200_000);
    let deep = send(&router, request(Method::POST, PATH, &key, deep)).await;
    let not_utf8 = send(&router, request(Method::POST, PATH, &key, vec![b'"', 0xff, b'"'])).await;
    let empty = send(&router, request(Method::POST, PATH, &key, "")).await;
    let answers = [&not_json, &too_large, &unknown, &method, &deep, &not_utf8, &empty].map(problem);
    insta::assert_snapshot!(answers.join("\n"), @"
    400 urn:tokenmeter:error:invalid_json 
    413 urn:tokenmeter:error:request_too_large 
    404 urn:tokenmeter:error:not_found 
    405 urn:tokenmeter:error:method_not_allowed 
    400 urn:tokenmeter:error:invalid_json 
    400 urn:tokenmeter:error:invalid_json 
    400 urn:tokenmeter:error:invalid_json
    ");
    assert_eq!(method.header("allow"), Some("POST"));
}

#[tokio::test]
async fn callers_own_provider_key_is_used_once_and_needs_no_key_of_ours() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let mut body = hello("a");
    body["api_key"] = json!("sk-callers-own-key");
    let reply = post(&router, PATH, "", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let sent = harness.mock.requests();
    assert_eq!(sent[0].header("authorization"), Some("Bearer sk-callers-own-key"));
    let row = harness.only_row().await;
    assert_eq!(row["key_id"], Value::Null);
    assert!(!row.to_string().contains("sk-callers-own-key"));
}

#[tokio::test]
async fn provider_keys_are_refused_unless_accepted() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("ACCEPT_PROVIDER_KEYS", "false")]).await;
    let key = harness.key().create().await;
    let mut body = hello("a");
    body["api_key"] = json!("sk-callers-own-key");
    let anonymous = post(&router, PATH, "", body.clone()).await;
    let known = post(&router, PATH, &key, body).await;
    insta::assert_snapshot!([problem(&anonymous), problem(&known)].join("\n"), @"
    401 urn:tokenmeter:error:invalid_api_key 
    422 urn:tokenmeter:error:invalid_request api_key
    ");
    assert_eq!(harness.mock.counters().total.requests, 0);
}

#[tokio::test]
async fn provider_error_keeps_status_and_message_but_never_shows_our_key() {
    let harness = Harness::start().await;
    let (router, key) =
        (router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await, harness.key().create().await);
    for model in ["mock-400", "mock-401", "mock-429", "mock-500", "mock-html", "mock-bad-json", "mock-empty"]
    {
        let reply =
            post(&router, PATH, &key, json!({"user_label": model, "model": model, "prompt": "x"})).await;
        assert!(reply.status.is_client_error() || reply.status.is_server_error(), "{model}");
        assert!(!reply.text().contains("sk-mock"), "{model}: {}", reply.text());
        let rows = harness.db.rows(&format!("select * from usage_logs where user_label = '{model}'")).await;
        assert_eq!(rows.len(), 1, "{model}");
        assert_eq!(rows[0]["status"], "failed", "{model}");
    }
}
