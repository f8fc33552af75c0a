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

/// Without a tier, the project's setting decides, which only the provider knows; any tier may fall back to the default.
#[tokio::test]
async fn answer_that_cannot_be_read_costs_what_the_dearest_tier_may_cost() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let (default, priority) = ((150_000, 600_000), (250_000, 1_000_000));
    for (fault, tier, (input_rate, output_rate)) in [
        ("html-200", json!(null), priority),
        ("html-200", json!("auto"), priority),
        ("html-200", json!("priority"), priority),
        ("html-200", json!("default"), default),
        ("empty", json!("auto"), priority),
        // The half that came names the model.
        ("truncated", json!("auto"), priority),
        // The answer names its model, and no tier but the default.
        ("no-usage", json!("auto"), default),
    ] {
        let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
            "service_tier": tier, "max_completion_tokens": 900, "metadata": {"mock_fault": fault}});
        post(&router, "/v1/chat/completions", &key, body).await;
        let row = harness.only_row().await;
        let tokens = |name: &str| row[name].as_i64().unwrap();
        let cost = tokens("input_tokens") * input_rate + tokens("output_tokens") * output_rate;
        assert_eq!(
            (&row["status"], &row["cost_pico_usd"]),
            (&json!("estimated"), &json!(cost)),
            "{fault} {tier}"
        );
        harness.db.execute("delete from usage_logs").await;
    }
}

#[tokio::test]
async fn unknown_input_costs_as_much_as_if_it_was_written_to_the_cache() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = json!({"model": "gpt-5.6-luna", "messages": [{"role": "user", "content": "Hello"}],
        "service_tier": "default", "max_completion_tokens": 900, "metadata": {"mock_fault": "no-usage"}});
    post(&router, "/v1/chat/completions", &key, body).await;
    let row = harness.only_row().await;
    let prices = "select cache_write, output from model_prices
        where model = 'gpt-5.6-luna' and service_tier = 'default' and above_input_tokens = 0
        order by effective_from desc";
    let price = &harness.db.rows(prices).await[0];
    let part = |tokens: &str, rate: &str| row[tokens].as_i64().unwrap() * price[rate].as_i64().unwrap();
    let cost = part("input_tokens", "cache_write") + part("output_tokens", "output");
    assert_eq!((&row["status"], &row["cost_pico_usd"]), (&json!("estimated"), &json!(cost)));
}
