//! What upstreams state as the cost of their answers: in calls, receipts and exports, and against the price rows.

use domain::keys::Scope;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::receipts::assert_adds_up;
use crate::router;

/// A call an hour ago: its cost, the stated cost, that of the price rows, the source, and its status.
async fn insert(harness: &Harness, model: &str, figures: &str) {
    let insert = format!(
        "insert into usage_logs (id, created_at, started_at, user_label, model, provider, upstream, endpoint, stream,
            attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
            reasoning_tokens, audio_output_tokens, cost_pico_usd, upstream_cost_pico_usd, table_cost_pico_usd,
            cost_source, status)
        values (gen_random_uuid(), now() - interval '1 hour', now() - interval '1 hour', 'a', '{model}', 'openrouter',
            'router', 'responses', false, 1, 10, 10, 0, 0, 0, 0, 0, 0, {figures})"
    );
    harness.db.execute(&insert).await;
}

#[tokio::test]
async fn figures_that_differ_are_counted_by_upstream_and_model() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    for figures in [
        // Exactly 1 % of the larger figure is still equal; one pico-USD more is not.
        "100000, 100000, 99000, 'upstream', 'settled'",
        "100000, 100000, 98999, 'upstream', 'settled'",
        "99000, 100000, 99000, null, 'settled'",
        "100000, 98999, 100000, null, 'settled'",
        "0, 0, 0, 'upstream', 'settled'",
        "0, 5, 0, null, 'settled'",
        // A bound by design, no price, nothing stated, a provider of the environment.
        "900000, 100000, 900000, null, 'estimated'",
        "7, 7, null, 'upstream', 'settled'",
        "5, null, null, 'fallback', 'settled'",
    ] {
        insert(&harness, "m", figures).await;
    }
    insert(&harness, "other", "1, 1, 1, 'upstream', 'settled'").await;
    insert(&harness, "silent", "1, null, null, null, 'settled'").await;
    harness.db.execute("update usage_logs set upstream = null where model = 'other'").await;
    let report = get(&router, "/api/usage/stated-costs", &key).await.json();
    insta::assert_json_snapshot!(json!([report["tolerance_percent"], report["differing_calls"], report["fallback_calls"], report["rows"]]), @r#"
    [
      1,
      3,
      1,
      [
        {
          "provider": "openrouter",
          "upstream": "router",
          "model": "m",
          "stated_calls": 8,
          "billed_calls": 4,
          "fallback_calls": 1,
          "unpriced_calls": 1,
          "compared_calls": 6,
          "differing_calls": 3,
          "stated_usd": "0.000000399004",
          "table_usd": "0.000000396999",
          "difference_usd": "0.000000002005"
        },
        {
          "provider": "openrouter",
          "upstream": null,
          "model": "other",
          "stated_calls": 1,
          "billed_calls": 1,
          "fallback_calls": 0,
          "unpriced_calls": 0,
          "compared_calls": 1,
          "differing_calls": 0,
          "stated_usd": "0.000000000001",
          "table_usd": "0.000000000001",
          "difference_usd": "0"
        }
      ]
    ]
    "#);
    let before = get(&router, "/api/usage/stated-costs?to=2026-01-01T00:00:00Z", &key).await.json();
    assert_eq!(before["rows"], json!([]));
    assert_eq!(before["from"], json!("2025-12-25T00:00:00.000000Z"));
}

#[tokio::test]
async fn report_is_refused_to_keys_of_a_label_and_for_ranges_that_end_before_they_begin() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("a").create().await;
    assert_eq!(get(&router, "/api/usage/stated-costs", &bound).await.status, StatusCode::FORBIDDEN);
    let key = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let reversed = "/api/usage/stated-costs?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z";
    assert_eq!(get(&router, reversed, &key).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn call_shows_both_figures_and_its_receipt_their_difference() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let billed = "160000000, 160000000, 150000000, 'upstream', 'settled'";
    for (figures, upstream, source) in [
        (
            billed,
            json!({"stated_usd": "0.00016", "table_usd": "0.00015", "difference_usd": "0.00001", "is_billed": true}),
            "upstream",
        ),
        (
            "150000000, 140000000, 150000000, null, 'settled'",
            json!({"stated_usd": "0.00014", "table_usd": "0.00015", "difference_usd": "-0.00001", "is_billed": false}),
            "table",
        ),
        (
            "160000000, 160000000, null, 'upstream', 'settled'",
            json!({"stated_usd": "0.00016", "table_usd": null, "difference_usd": null, "is_billed": true}),
            "upstream",
        ),
        ("150000000, null, null, 'fallback', 'settled'", Value::Null, "fallback"),
        ("150000000, null, null, null, 'settled'", Value::Null, "table"),
    ] {
        harness.db.execute("truncate usage_logs").await;
        insert(&harness, "m", figures).await;
        let lines = get(&router, "/api/usage/export?format=ndjson", &key).await.text();
        let exported: Value = serde_json::from_str(&lines).unwrap();
        let path = format!("/api/usage/calls/{}", exported["id"].as_str().unwrap());
        let call = get(&router, &path, &key).await.json();
        assert_adds_up(&call);
        assert_eq!(
            (&call["receipt"]["upstream"], &call["cost_source"]),
            (&upstream, &json!(source)),
            "{figures}"
        );
        assert_eq!(exported["upstream_cost_usd"], upstream["stated_usd"]);
        assert_eq!(exported["table_cost_usd"], upstream["table_usd"]);
        assert_eq!(exported["upstream"], json!("router"));
    }
    let csv = get(&router, "/api/usage/export?format=csv", &key).await.text();
    let (heading, line) = csv.split_once("\r\n").unwrap();
    assert!(
        heading.ends_with("parts,upstream,upstream_cost_usd,table_cost_usd,cost_source,route"),
        "{heading}"
    );
    assert!(line.trim_end().ends_with(",\"router\",,,\"table\","), "{line}");
}
