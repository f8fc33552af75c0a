//! Trying again upstream: when, how often, and as one row.

use http::StatusCode;
use mock_openai::Fault;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::router;

fn hello() -> Value {
    json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}], "metadata": {"mock_retry_after": "0.01"}})
}

#[tokio::test]
async fn failed_attempts_are_one_row_with_the_attempts_counted() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.mock.script([Fault::RateLimited, Fault::Conflict, Fault::Ok]);
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let row = harness.only_row().await;
    assert_eq!((&row["attempts"], &row["status"]), (&json!(3), &json!("settled")));
    assert_eq!(harness.mock.counters().total.requests, 3);
}

#[tokio::test]
async fn exhausted_money_upstream_is_not_tried_again() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.mock.script([Fault::Quota, Fault::Ok]);
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.json()["error"]["code"], "insufficient_quota");
    assert_eq!(harness.mock.counters().total.requests, 1);
}

#[tokio::test]
async fn wait_longer_than_the_deadline_is_not_waited() {
    let harness = Harness::start().await;
    let (router, key) =
        (router(&harness, &[("UPSTREAM_TIMEOUT_SECONDS", "1")]).await, harness.key().create().await);
    let mut body = hello();
    body["metadata"] = json!({"mock_fault": "429", "mock_retry_after": "30"});
    let started = std::time::Instant::now();
    let reply = post(&router, "/v1/chat/completions", &key, body).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(started.elapsed().as_secs() < 5);
    assert_eq!(harness.only_row().await["attempts"], 1);
}

#[tokio::test]
async fn unreachable_provider_is_a_free_failed_call() {
    let harness = Harness::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = format!("http://{closed}/v1");
    let router = router(&harness, &[("OPENAI_API_BASE", &base), ("UPSTREAM_MAX_RETRIES", "1")]).await;
    let key = harness.key().create().await;
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert_eq!(reply.json()["error"]["code"], "upstream_unreachable");
    let row = harness.only_row().await;
    assert_eq!(
        (&row["attempts"], &row["cost_pico_usd"], &row["http_status"]),
        (&json!(2), &json!(0), &Value::Null)
    );
}
