//! Fees of built-in tools: part of a call's cost, shown beside it, and unknown where no price is known.

use domain::limits::{Metric, Period};
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::limits::USD;
use crate::router;

/// $0.00125 and $0.001 at the prices of gpt-5.
const TOKENS: i64 = 2_250_000_000;

fn body(tool: &Value, stream: bool) -> Value {
    json!({"model": "gpt-5", "service_tier": "default", "input": "Hi", "tools": [tool], "stream": stream,
        "metadata": {"mock_prompt_tokens": "1000", "mock_completion_tokens": "100", "user_label": "team"}})
}

#[tokio::test]
async fn fee_of_a_used_tool_is_part_of_the_cost() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    for (tool, name, fee) in [
        (json!({"type": "web_search"}), "web_search", Some(10_000_000_000_i64)),
        (json!({"type": "web_search_preview"}), "web_search_preview", Some(10_000_000_000)),
        (json!({"type": "file_search", "vector_store_ids": ["vs_1"]}), "file_search", Some(2_500_000_000)),
        (
            json!({"type": "code_interpreter", "container": {"type": "auto"}}),
            "code_interpreter",
            Some(30_000_000_000),
        ),
        (json!({"type": "image_generation"}), "image_generation", None),
    ] {
        for stream in [false, true] {
            harness.db.execute("truncate usage_logs").await;
            let reply = post(&router, "/v1/responses", &key, body(&tool, stream)).await;
            assert_eq!(reply.status, StatusCode::OK, "{name}: {}", reply.text());
            let row = harness.only_row().await;
            let expected = json!([{"tool": name, "uses": 1, "cost_pico_usd": fee}]);
            assert_eq!((&row["fees"], &row["status"]), (&expected, &json!("settled")), "{}", reply.text());
            assert_eq!(row["cost_pico_usd"].as_i64(), fee.map(|fee| TOKENS + fee), "{name}");
        }
    }
    harness.db.execute("truncate usage_logs").await;
    assert_eq!(
        post(&router, "/v1/responses", &key, body(&json!({"type": "custom", "name": "t"}), false))
            .await
            .status,
        200
    );
    let row = harness.only_row().await;
    assert_eq!(row["fees"], Value::Null);
    assert!(row["cost_pico_usd"].as_i64().is_some_and(|cost| cost <= TOKENS), "{row}");
}

#[tokio::test]
async fn search_model_pays_for_one_search_a_completion() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let body = json!({"model": "gpt-4o-search-preview", "messages": [{"role": "user", "content": "What is new?"}],
        "metadata": {"mock_prompt_tokens": "1000", "mock_completion_tokens": "100"}});
    assert_eq!(post(&router, "/v1/chat/completions", &key, body).await.status, StatusCode::OK);
    let row = harness.only_row().await;
    assert_eq!(row["fees"], json!([{"tool": "chat_search", "uses": 1, "cost_pico_usd": 25_000_000_000_i64}]));
}

#[tokio::test]
async fn limit_counts_fees_and_books_unknown_ones_at_their_bound() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, 20 * USD).label("team").per(Period::Day).create().await;
    let mut search = body(&json!({"type": "web_search"}), false);
    search["max_tool_calls"] = 1.into();
    assert_eq!(post(&router, "/v1/responses", &key, search).await.status, StatusCode::OK);
    assert_eq!(harness.windows().await[0]["settled"], TOKENS + 10_000_000_000);
    let mut image = body(&json!({"type": "image_generation"}), false);
    image["max_tool_calls"] = 1.into();
    let reply = post(&router, "/v1/responses", &key, image).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("x-tokenmeter-cost-usd"), None);
    let window = &harness.windows().await[0];
    // The fee's bound of $0.50, and a turn that reads the whole window.
    assert!(window["settled"].as_i64().unwrap() > USD, "{window}");
    assert_eq!((&window["reserved"], &window["overrun"]), (&json!(0), &json!(0)));
}

/// The provider may have searched without the broken stream showing it.
#[tokio::test]
async fn fees_of_a_response_cut_short_are_unknown() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let mut cut = body(&json!({"type": "web_search"}), true);
    cut["metadata"]["mock_fault"] = "truncated".into();
    post(&router, "/v1/responses", &key, cut).await;
    let row = harness.only_row().await;
    assert_eq!(
        (&row["cost_pico_usd"], &row["fees"][0]["cost_pico_usd"]),
        (&Value::Null, &Value::Null),
        "{row}"
    );
    assert_eq!(row["fees"][0]["tool"], "web_search");
}
