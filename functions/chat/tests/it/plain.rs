//! Callers under no limit are admitted by a statement of their own. It sees at once what changes for them.

use domain::limits::Metric;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use crate::router;

const PATH: &str = "/v1/chat/completions";

fn hello() -> Value {
    json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}], "max_completion_tokens": 20})
}

#[tokio::test]
async fn second_call_of_a_caller_without_limits_needs_no_full_admission() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    assert_eq!(post(&router, PATH, &key, hello()).await.status, StatusCode::OK);
    harness.db.execute("alter function calls_admit rename to calls_admit_away").await;
    assert_eq!(post(&router, PATH, &key, hello()).await.status, StatusCode::OK);
    harness.db.execute("alter function calls_admit_away rename to calls_admit").await;
    let rows = harness.ledger().await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["cost_pico_usd"], rows[1]["cost_pico_usd"]);
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn change_of_limits_keys_or_prices_is_seen_by_the_next_call() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let call = async || -> Reply { post(&router, PATH, &key, hello()).await };
    for _ in 0..2 {
        assert_eq!(call().await.status, StatusCode::OK);
    }

    let dearer = "insert into model_prices (model, service_tier, effective_from, input, output)
        values ('gpt-4o-mini', 'default', now() - interval '1 minute', 9000000, 9000000)";
    harness.db.execute(dearer).await;
    assert_eq!(call().await.status, StatusCode::OK);
    let costs = harness.db.rows("select distinct cost_pico_usd from usage_logs").await;
    assert_eq!(costs.len(), 2, "the third call has the new price: {costs:?}");

    let limit = harness.limit(Metric::Requests, 1).create().await;
    assert_eq!(call().await.status, StatusCode::OK, "the limit counts from its creation");
    assert_eq!(call().await.status, StatusCode::TOO_MANY_REQUESTS);
    harness.db.execute(&format!("delete from limits where id = '{limit}'")).await;
    for _ in 0..2 {
        assert_eq!(call().await.status, StatusCode::OK);
    }

    harness.db.execute("update api_keys set revoked_at = now()").await;
    assert_eq!(call().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(harness.ledger().await.len(), 6);
    assert_eq!(harness.open_calls().await, 0);
}
