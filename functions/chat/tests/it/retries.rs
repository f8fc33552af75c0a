//! Retries upstream: when, how often, and recorded as one row.

use domain::limits::Metric;
use http::StatusCode;
use mock_provider::{Behaviour, Fault};
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::raw::RawProvider;
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

/// An error response with usage, as from a provider that fails after generating tokens.
fn refused_with_usage(fault: Fault, prompt_tokens: u64, completion_tokens: u64) -> Behaviour {
    Behaviour {
        refused_usage: Some(true),
        prompt_tokens: Some(prompt_tokens),
        completion_tokens: Some(completion_tokens),
        ..fault.into()
    }
}

#[tokio::test]
async fn tokens_reported_by_failed_attempts_are_recorded() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let failures =
        [refused_with_usage(Fault::ServerError, 100, 20), refused_with_usage(Fault::RateLimited, 7, 3)];
    harness.mock.script(failures);
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let usage = &reply.json()["usage"];
    let (input, output) =
        (usage["prompt_tokens"].as_i64().unwrap(), usage["completion_tokens"].as_i64().unwrap());
    let row = harness.only_row().await;
    assert_eq!((&row["attempts"], &row["status"]), (&json!(3), &json!("settled")));
    assert_eq!((&row["retried_input_tokens"], &row["retried_output_tokens"]), (&json!(107), &json!(23)));
    assert_eq!((&row["input_tokens"], &row["output_tokens"]), (&json!(input + 107), &json!(output + 23)));
    assert_eq!(row["cost_pico_usd"], (input + 107) * 150_000 + (output + 23) * 600_000);
    assert_eq!(row["retried_cost_pico_usd"], 107 * 150_000 + 23 * 600_000);
    // The raw usage object is the one of the final response, which the caller sees.
    assert_eq!(row["raw_usage"]["prompt_tokens"], input);
    let billed = harness.mock.counters().total.tokens;
    assert_eq!(
        (row["input_tokens"].as_u64(), row["output_tokens"].as_u64()),
        (Some(billed.input_tokens), Some(billed.output_tokens))
    );
}

#[tokio::test]
async fn call_whose_attempts_all_failed_records_their_tokens() {
    let harness = Harness::start().await;
    let (router, key) =
        (router(&harness, &[("UPSTREAM_MAX_RETRIES", "1")]).await, harness.key().create().await);
    harness.mock.script([
        refused_with_usage(Fault::ServerError, 100, 20),
        refused_with_usage(Fault::Overloaded, 7, 3),
    ]);
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    let row = harness.only_row().await;
    assert_eq!(
        (&row["attempts"], &row["status"], &row["http_status"]),
        (&json!(2), &json!("failed"), &json!(503))
    );
    assert_eq!((&row["retried_input_tokens"], &row["retried_output_tokens"]), (&json!(100), &json!(20)));
    assert_eq!((&row["input_tokens"], &row["output_tokens"]), (&json!(107), &json!(23)));
    assert_eq!(row["cost_pico_usd"], 107 * 150_000 + 23 * 600_000);
    assert_eq!(row["retried_cost_pico_usd"], 100 * 150_000 + 20 * 600_000);
}

/// The reservation is that of one attempt.
#[tokio::test]
async fn billed_attempt_is_not_repeated_under_a_hard_limit_on_what_it_used() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Requests, 10).label("counted").create().await;
    harness.limit(Metric::Usd, 1).label("soft").soft().create().await;
    harness.limit(Metric::Usd, 1_000_000_000_000).label("money").create().await;
    harness.limit(Metric::Tokens, 1_000_000).label("tokens").create().await;
    for (label, is_repeated) in [("counted", true), ("soft", true), ("money", false), ("tokens", false)] {
        let mut body = hello();
        body["metadata"] = json!({"user_label": label});
        // The gateway gave up on a provider that may have worked on.
        harness.mock.script([Fault::GatewayTimeout, Fault::Ok]);
        let status = post(&router, "/v1/chat/completions", &key, body.clone()).await.status;
        assert_eq!(status == StatusCode::OK, is_repeated, "{label}: {status}");
        harness.mock.reset();
        harness.db.execute("truncate usage_logs").await;
        harness.mock.script([refused_with_usage(Fault::ServerError, 10, 5), Fault::Ok.into()]);
        let status = post(&router, "/v1/chat/completions", &key, body.clone()).await.status;
        let row = harness.only_row().await;
        assert_eq!(
            (status == StatusCode::OK, row["attempts"] == 2),
            (is_repeated, is_repeated),
            "{label}: {row}"
        );
        assert!(row["input_tokens"].as_i64() >= Some(10) && row["cost_pico_usd"].is_i64(), "{label}: {row}");
        // What used nothing is repeated.
        harness.mock.reset();
        harness.mock.script([Fault::ServerError, Fault::Ok]);
        assert_eq!(post(&router, "/v1/chat/completions", &key, body).await.status, StatusCode::OK, "{label}");
    }
}

#[tokio::test]
async fn exhausted_quota_upstream_is_not_retried() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.mock.script([Fault::Quota, Fault::Ok]);
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.json()["error"]["code"], "insufficient_quota");
    assert_eq!(harness.mock.counters().total.requests, 1);
}

#[tokio::test]
async fn wait_beyond_the_deadline_is_skipped() {
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

#[tokio::test]
async fn error_with_a_truncated_body_keeps_its_status_and_is_retried() {
    const CUT: &str =
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 500\r\nretry-after-ms: 1\r\n\r\n{\"error\":";
    let harness = Harness::start().await;
    let provider = RawProvider::sending(&[CUT, CUT]).await;
    let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "1")];
    let (router, key) = (router(&harness, &changes).await, harness.key().create().await);
    let reply = post(&router, "/v1/chat/completions", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    let row = harness.only_row().await;
    assert_eq!((&row["http_status"], &row["attempts"]), (&json!(503), &json!(2)));
    assert_eq!((&row["status"], &row["cost_pico_usd"]), (&json!("failed"), &json!(0)));
}
