//! Gateways that lose the provider: what the call used is unknown, unless the provider was certainly not reached.

use domain::limits::Metric;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::router;
use crate::scripted::{ScriptedProvider, response};

const PATHS: [&str; 5] =
    ["/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions", "/api/llm/chat"];

fn body(path: &str) -> Value {
    match path {
        "/api/llm/chat" => json!({"user_label": "ann", "model": "gpt-4o-mini", "prompt": "Hello"}),
        "/v1/embeddings" => json!({"model": "text-embedding-3-small", "input": "Hello"}),
        "/v1/responses" => json!({"model": "gpt-4o-mini", "input": "Hello"}),
        "/v1/completions" => json!({"model": "gpt-3.5-turbo-instruct", "prompt": "Hello"}),
        _ => json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}),
    }
}

/// One response a connection.
async fn gateway(statuses: &[&str]) -> ScriptedProvider {
    let headers = "content-type: text/html\r\nconnection: close\r\nretry-after-ms: 1\r\n";
    let page = |status: &str| vec![vec![response(status, headers, b"<html>A gateway's page</html>")]];
    ScriptedProvider::start(statuses.iter().map(|status| page(status)).collect()).await
}

#[tokio::test]
async fn call_that_a_gateway_lost_has_an_unknown_cost_and_counts_as_its_bound() {
    let harness = Harness::start().await;
    let key = harness.key().label("ann").create().await;
    harness.limit(Metric::Usd, 1_000_000_000_000).create().await;
    harness.limit(Metric::Tokens, 1_000_000).create().await;
    for path in PATHS {
        for (status, is_free) in [
            ("408 Request Timeout", false),
            ("502 Bad Gateway", false),
            ("504 Gateway Timeout", false),
            ("520 Unknown", false),
            ("521 Down", true),
            ("522 Connection Timed Out", false),
            ("523 Unreachable", true),
            ("524 A Timeout Occurred", false),
            ("503 Service Unavailable", true),
            ("500 Internal Server Error", true),
            ("404 Not Found", true),
        ] {
            let provider = gateway(&[status]).await;
            let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "0")];
            let reply = post(&router(&harness, &changes).await, path, &key, body(path)).await;
            assert!(!reply.status.is_success(), "{path} {status}: {}", reply.text());
            let row = harness.only_row().await;
            assert_eq!((&row["status"], &row["input_tokens"]), (&json!("failed"), &json!(0)), "{status}");
            let cost = if is_free { json!(0) } else { Value::Null };
            assert_eq!(row["cost_pico_usd"], cost, "{path} {status}: {row}");
            for window in harness.windows().await {
                let counted = window["settled"].as_i64().unwrap();
                assert_eq!(
                    (counted == 0, &window["reserved"]),
                    (is_free, &json!(0)),
                    "{path} {status}: {window}"
                );
            }
            harness.db.execute("delete from usage_logs; update limit_windows set settled = 0").await;
        }
    }
}

/// Whatever the attempts after it came to, as long as none has an answer.
#[tokio::test]
async fn attempt_that_a_gateway_lost_makes_the_cost_of_a_failed_call_unknown() {
    let harness = Harness::start().await;
    let key = harness.key().label("ann").create().await;
    for (statuses, expected) in [
        (&["504 Gateway Timeout", "503 Service Unavailable"][..], Value::Null),
        (&["524 A Timeout Occurred", "400 Bad Request"], Value::Null),
        (&["503 Service Unavailable", "502 Bad Gateway"], Value::Null),
        (&["521 Down", "503 Service Unavailable"], json!(0)),
        (&["429 Too Many Requests", "500 Internal Server Error"], json!(0)),
    ] {
        let provider = gateway(statuses).await;
        let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "1")];
        let reply = post(&router(&harness, &changes).await, PATHS[0], &key, body(PATHS[0])).await;
        assert_ne!(reply.status, StatusCode::OK);
        let row = harness.only_row().await;
        assert_eq!((&row["attempts"], &row["cost_pico_usd"]), (&json!(2), &expected), "{statuses:?}");
        harness.db.execute("delete from usage_logs").await;
    }
}

#[tokio::test]
async fn error_of_a_gateway_that_reports_usage_costs_what_it_reports() {
    let harness = Harness::start().await;
    let key = harness.key().label("ann").create().await;
    let error = br#"{"error":{"message":"Lost","type":"server_error"},"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;
    let error = response("502 Bad Gateway", "content-type: application/json\r\n", error);
    let provider = ScriptedProvider::once(error).await;
    let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "0")];
    post(&router(&harness, &changes).await, PATHS[0], &key, body(PATHS[0])).await;
    assert_eq!(harness.only_row().await["cost_pico_usd"], 9 * 150_000 + 2 * 600_000);
}

#[tokio::test]
async fn prompt_that_a_content_filter_refused_has_an_unknown_cost() {
    let harness = Harness::start().await;
    let key = harness.key().label("ann").create().await;
    let error = br#"{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400}}"#;
    let provider =
        ScriptedProvider::once(response("400 Bad Request", "content-type: application/json\r\n", error))
            .await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    assert_eq!(post(&router, PATHS[0], &key, body(PATHS[0])).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(harness.only_row().await["cost_pico_usd"], Value::Null);
}

#[tokio::test]
async fn free_calls_stay_free_when_a_gateway_loses_them() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let provider = gateway(&["504 Gateway Timeout"]).await;
    let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "0")];
    let router = router(&harness, &changes).await;
    post(&router, "/v1/moderations", &key, json!({"input": "Hello"})).await;
    assert_eq!(harness.only_row().await["cost_pico_usd"], 0);
}
