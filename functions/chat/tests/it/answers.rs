//! Responses with little information: unfinished ones, errors, none at all.

use http::StatusCode;
use serde_json::json;
use testkit::{Harness, post};

use crate::router;

#[tokio::test]
async fn unfinished_response_is_estimated_at_its_maximum_output() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = json!({"model": "gpt-4o-mini", "input": "Hello", "background": true});
    for named in [None, Some(500)] {
        body["max_output_tokens"] = json!(named);
        let reply = post(&router, "/v1/responses", &key, body.clone()).await;
        assert_eq!(reply.json()["status"], "queued", "{}", reply.text());
    }
    let rows = harness.ledger().await;
    // The output limit of gpt-4o-mini, and the caller's own bound.
    for (row, output) in rows.iter().zip([16_384, 500]) {
        assert_eq!((&row["status"], &row["output_tokens"]), (&json!("estimated"), &json!(output)));
        let input = row["input_tokens"].as_i64().unwrap();
        assert_eq!(row["cost_pico_usd"], input * 150_000 + output * 600_000);
    }
}

#[tokio::test]
async fn error_replacing_the_providers_keeps_its_headers_and_has_the_overhead() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "0"), ("UPSTREAM_TIMEOUT_SECONDS", "5")]).await;
    let key = harness.key().create().await;
    for (fault, status, came_from) in
        [("401", 503, Some("org-mock")), ("html", 502, Some("org-mock")), ("reset", 502, None)]
    {
        let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
            "metadata": {"mock_fault": fault}});
        let reply = post(&router, "/v1/chat/completions", &key, body).await;
        assert_eq!(reply.status, StatusCode::from_u16(status).unwrap(), "{fault}");
        assert_eq!(reply.header("openai-organization"), came_from, "{fault}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{fault}");
        assert!(reply.json()["error"]["type"].is_string(), "{fault}");
        let overhead =
            reply.header("x-tokenmeter-overhead-ms").unwrap_or_else(|| panic!("{fault}: no overhead"));
        assert!(overhead.parse::<f64>().unwrap() > 0.0, "{fault}");
    }
}
