//! Budgets under load: they admit exactly as many calls as they cover, and refuse no caller finally before that.

use std::sync::Arc;

use axum::Router;
use domain::limits::Metric;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use crate::held::HeldProvider;
use crate::limits::{PATH, call, outcome};
use crate::router;

/// Of 500 concurrent callers, the budget admits exactly as many as it covers. The provider holds their requests until
/// all are decided, so that none releases its reservation before.
#[tokio::test(flavor = "multi_thread")]
async fn budget_for_n_calls_admits_n_of_500_concurrent_calls() {
    let harness = Harness::start().await;
    let provider = HeldProvider::start().await;
    let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_TIMEOUT_SECONDS", "600")];
    let router = router(&harness, &changes).await;
    let key = harness.key().create().await;
    let body = call(json!({"service_tier": "default", "max_completion_tokens": 10}));
    // Input bytes at the highest rate, and ten output tokens.
    let bound = i64::try_from(body.to_string().len()).unwrap() * 150_000 + 10 * 600_000;
    let affordable = 37;
    harness.limit(Metric::Usd, affordable * bound + bound / 2).create().await;
    let decided = Arc::clone(&provider.arrived);
    let calls = stream::iter(0..500).map(async |nth: usize| {
        // All are held at the same time, but a few are decided at the same time: admission has to end within seconds.
        decided.subscribe().wait_for(|decided| nth < decided + 32).await.unwrap();
        let reply = post(&router, PATH, &key, body.clone()).await;
        decided.send_modify(|decided| *decided += usize::from(reply.status != StatusCode::OK));
        reply
    });
    let release = async {
        decided.subscribe().wait_for(|decided| *decided == 500).await.unwrap();
        provider.release();
    };
    let (replies, ()) = tokio::join!(calls.buffer_unordered(500).collect::<Vec<Reply>>(), release);
    let other = replies
        .iter()
        .find(|reply| reply.status != StatusCode::OK && !outcome(reply).contains("budget_reserved"));
    assert!(other.is_none(), "{other:?}");
    let admitted = replies.iter().filter(|reply| reply.status == StatusCode::OK).count();
    assert_eq!(admitted, 37);
    let ledger = harness.ledger().await;
    let spent: i64 = ledger.iter().map(|row| row["cost_pico_usd"].as_i64().unwrap()).sum();
    let window = &harness.windows().await[0];
    assert_eq!((ledger.len(), &window["settled"], &window["reserved"]), (37, &json!(spent), &json!(0)));
    assert_eq!(window["overrun"], 0);
}

/// Callers without their own bound share a budget for 100 calls and retry as the SDKs do.
#[tokio::test(flavor = "multi_thread")]
async fn callers_without_a_bound_never_overspend_the_budget() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let body = call(json!({"metadata": {"mock_completion_tokens": "500", "mock_latency_ms": "20"}}));
    let cost = {
        post(&router, PATH, &key, body.clone()).await;
        harness.only_row().await["cost_pico_usd"].as_i64().unwrap()
    };
    harness.db.execute("delete from usage_logs").await;
    let cap = 100 * cost;
    harness.limit(Metric::Usd, cap).create().await;
    let codes: Vec<u16> =
        stream::iter(0..500).map(|_| with_retries(&router, &key, &body)).buffer_unordered(32).collect().await;
    let ledger = harness.ledger().await;
    let spent: i64 = ledger.iter().map(|row| row["cost_pico_usd"].as_i64().unwrap()).sum();
    let answered = codes.iter().filter(|code| **code == 200).count();
    assert_eq!(answered, ledger.len());
    assert!(spent <= cap, "{spent} of {cap}");
    assert!(spent * 100 >= cap * 95, "{spent} of {cap} by {answered} calls");
    assert_eq!(harness.windows().await[0]["settled"], spent);
    assert_eq!(harness.windows().await[0]["reserved"], 0);
}

/// Retries as the official SDKs do: twice, after `retry-after-ms`, unless `x-should-retry` forbids it.
async fn with_retries(router: &Router, key: &str, body: &Value) -> u16 {
    let mut retries = 2;
    loop {
        let reply = post(router, PATH, key, body.clone()).await;
        let wait = reply.header("retry-after-ms").and_then(|millis| millis.parse().ok());
        match wait {
            Some(millis) if retries > 0 && reply.header("x-should-retry") != Some("false") => {
                retries -= 1;
                tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            }
            _ => return reply.status.as_u16(),
        }
    }
}
