//! Upper bounds of calls under limits: filled in, exceeded, unknown.

use domain::limits::{Metric, Period};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, post, request, send};

use crate::limits::{PATH, USD, call, outcome};
use crate::router;

#[tokio::test]
async fn output_bound_is_filled_in_only_under_a_hard_limit() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let sent = async |label: &str, path: &str, body: Value| {
        let request = request(Method::POST, path, &key, body.to_string());
        let mut request = request;
        request.headers_mut().insert("x-user-label", label.parse().unwrap());
        let reply = send(&router, request).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let seen: Value = serde_json::from_slice(&harness.mock.requests().last().unwrap().body).unwrap();
        seen
    };
    harness.limit(Metric::Usd, USD).label("soft").soft().create().await;
    harness.limit(Metric::Requests, 100).label("rate").per(Period::Minute).create().await;
    for label in ["free", "soft", "rate"] {
        assert!(sent(label, PATH, call(json!({}))).await.get("max_completion_tokens").is_none(), "{label}");
    }
    harness.limit(Metric::Usd, 1_000 * USD).label("rich").create().await;
    assert_eq!(sent("rich", PATH, call(json!({}))).await["max_completion_tokens"], 16_384);
    assert_eq!(sent("rich", PATH, call(json!({"n": 2}))).await["max_completion_tokens"], 16_384);
    let own = call(json!({"max_completion_tokens": 7}));
    assert_eq!(sent("rich", PATH, own.clone()).await["max_completion_tokens"], 7);
    let response = json!({"model": "gpt-4o-mini", "input": "Hello"});
    assert_eq!(sent("rich", "/v1/responses", response).await["max_output_tokens"], 16_384);
    // An eighth of the remaining tokens, and half of them near the end.
    harness.limit(Metric::Tokens, 80_000).label("modest").create().await;
    let bound = sent("modest", PATH, call(json!({}))).await["max_completion_tokens"].as_i64().unwrap();
    assert!((9_980..10_000).contains(&bound), "{bound}");
    harness.limit(Metric::Tokens, 300).label("poor").create().await;
    let bound = sent("poor", PATH, call(json!({}))).await["max_completion_tokens"].as_i64().unwrap();
    assert!((90..120).contains(&bound), "{bound}");
    let rows = harness.db.rows("select * from usage_logs where overrun").await;
    assert!(rows.is_empty(), "{rows:#?}");
}

/// The next minute is worth waiting for, so the last callers of a window are refused instead of cut to a few tokens.
#[tokio::test]
async fn calls_near_the_end_of_a_minute_window_are_refused_rather_than_cut_short() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let minute = async || harness.db.rows("select date_trunc('minute', clock_timestamp())::text as at").await;
    for (label, cap) in [("some", 10_000), ("few", 2_000)] {
        let mut body = call(json!({"metadata": {"user_label": label, "mock_completion_tokens": "900"}}));
        body["metadata"]["mock_prompt_tokens"] = "100".into();
        harness.limit(Metric::Tokens, cap).label(label).per(Period::Minute).create().await;
        let (bounds, refused) = loop {
            let (before, mut bounds) = (minute().await, Vec::new());
            let refused = loop {
                let reply = post(&router, PATH, &key, body.clone()).await;
                if reply.status != StatusCode::OK {
                    break reply;
                }
                let seen: Value =
                    serde_json::from_slice(&harness.mock.requests().last().unwrap().body).unwrap();
                bounds.push(seen["max_completion_tokens"].as_i64().unwrap());
            };
            // Repeat if a new window began in between.
            if minute().await == before {
                break (bounds, refused);
            }
        };
        assert_eq!(
            outcome(&refused),
            r#"429 "rate_limit_error" "rate_limit_exceeded" retry-after-ms"#,
            "{label}"
        );
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!(wait <= 60, "{wait}");
        let input = i64::try_from(body.to_string().len()).unwrap();
        let ample = if label == "few" { cap - input } else { 4096 };
        assert!(bounds.iter().all(|bound| *bound == ample), "{label}: {bounds:?}");
        assert_eq!(bounds.len(), if label == "few" { 1 } else { 6 }, "{label}");
    }
}

#[tokio::test]
async fn call_over_its_bound_is_counted_and_flagged() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Tokens, 10_000).create().await;
    // The provider counts more input than the request has bytes.
    let body = call(json!({"max_completion_tokens": 10, "metadata": {"mock_prompt_tokens": "20000"}}));
    assert_eq!(post(&router, PATH, &key, body).await.status, StatusCode::OK);
    let row = harness.only_row().await;
    assert_eq!(row["overrun"], true);
    let window = &harness.windows().await[0];
    let used = window["settled"].as_i64().unwrap() + window["overrun"].as_i64().unwrap();
    assert_eq!(used, row["input_tokens"].as_i64().unwrap() + row["output_tokens"].as_i64().unwrap());
    assert_eq!((&window["overruns"], &window["reserved"]), (&json!(1), &json!(0)));
    let refused = post(&router, PATH, &key, call(json!({"max_completion_tokens": 10}))).await;
    assert_eq!(refused.json()["error"]["code"], "quota_exceeded");
}

#[tokio::test]
async fn call_over_its_token_bound_is_flagged_even_if_unpriced() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    // Without a price there is no bound in money.
    let over = json!({"model": "unknown-model", "max_completion_tokens": 10, "metadata": {"mock_prompt_tokens": "20000"}});
    for (fields, is_flagged) in [
        (over.clone(), true),
        (json!({"model": "unknown-model", "max_completion_tokens": 10}), false),
        (json!({"model": "unknown-model", "metadata": over["metadata"]}), false),
    ] {
        harness.db.execute("truncate usage_logs").await;
        assert_eq!(post(&router, PATH, &key, call(fields.clone())).await.status, StatusCode::OK);
        let row = harness.only_row().await;
        assert_eq!((&row["overrun"], &row["cost_pico_usd"]), (&json!(is_flagged), &Value::Null), "{fields}");
    }
}

#[tokio::test]
async fn failed_call_of_unknown_cost_counts_at_its_bound() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, USD).create().await;
    let fault = |fault: &str| call(json!({"max_completion_tokens": 100, "metadata": {"mock_fault": fault}}));
    // Refused by the provider: nothing was used.
    assert_eq!(post(&router, PATH, &key, fault("500")).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(harness.windows().await[0]["settled"], 0);
    // Broken off: it may have used anything up to its bound.
    assert_eq!(post(&router, PATH, &key, fault("reset")).await.status, StatusCode::BAD_GATEWAY);
    let rows = harness.db.rows("select cost_pico_usd from usage_logs order by created_at desc").await;
    assert_eq!(rows[0]["cost_pico_usd"], Value::Null);
    let window = &harness.windows().await[0];
    assert!(window["settled"].as_i64().unwrap() > 0, "{window}");
    assert_eq!(window["reserved"], 0);
}

/// Otherwise a few such calls would overflow every sum over them.
#[tokio::test]
async fn estimates_stay_credible_whatever_bound_a_caller_sends() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, 1_000_000 * USD).label("limited").create().await;
    harness.limit(Metric::Tokens, i64::MAX / 4).label("limited").create().await;
    let huge = i64::MAX;
    let bodies = [
        (PATH, json!({"max_completion_tokens": huge})),
        (PATH, json!({"n": huge})),
        (PATH, json!({"n": huge, "max_completion_tokens": 1_000_000})),
        ("/v1/responses", json!({"max_output_tokens": huge})),
        ("/v1/responses", json!({"max_tool_calls": huge, "tools": [{"type": "file_search"}]})),
    ];
    for (path, fields) in &bodies {
        for (label, fault) in [("free", "truncated-mid-event"), ("free", "hang"), ("limited", "hang")] {
            let mut body = json!({"model": "gpt-5", "stream": true, "metadata": {"mock_fault": fault}});
            body[if *path == PATH { "messages" } else { "input" }] =
                json!([{"role": "user", "content": "Hello"}]);
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let mut request = request(Method::POST, path, &key, body.to_string());
            request.headers_mut().insert("x-user-label", label.parse().unwrap());
            let requests = harness.mock.counters().total.requests;
            let reply = send(&router, request);
            if fault == "hang" {
                // Its function is killed once the provider has the request.
                let arrived = harness.eventually("the provider has the request", async || {
                    harness.mock.counters().total.requests > requests
                });
                tokio::select! {
                    reply = reply => assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{label} {fields}"),
                    () = arrived => {}
                }
            } else {
                reply.await;
            }
        }
    }
    harness.db.execute("update open_calls set deadline_at = opened_at").await;
    let database = harness.db.open();
    let swept = ledger::calls::sweep(&database).await.unwrap();
    assert!(swept.len() >= bodies.len(), "{}", swept.len());
    ledger::calls::release_settled(&database).await.unwrap();
    let rows = harness.ledger().await;
    assert!(rows.iter().any(|row| row["input_tokens"].as_i64() > Some(999_999_999)), "{rows:#?}");
    for row in rows {
        let count = |name: &str| row[name].as_i64().unwrap();
        assert!(count("input_tokens").max(count("output_tokens")) <= 1_000_000_000, "{row}");
    }
}
