//! Exactly one row per call, whatever happens between admission and settlement.

use std::time::{Duration, Instant};

use http::{HeaderValue, Method, StatusCode};
use ledger::calls;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;

const PATH: &str = "/v1/chat/completions";

fn slow(ms: u32) -> Value {
    json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}], "metadata": {"mock_latency_ms": ms.to_string()}})
}

/// Runs `action` while one call waits for the provider.
async fn during_a_call(harness: &Harness, action: impl AsyncFn()) -> Reply {
    let (router, key) = (router(harness, &[]).await, harness.key().create().await);
    let (reply, ()) = tokio::join!(post(&router, PATH, &key, slow(400)), async {
        harness.eventually("the call is open", async || harness.open_calls().await == 1).await;
        action().await;
    });
    reply
}

#[tokio::test]
async fn call_is_settled_after_losing_all_connections() {
    let harness = Harness::start().await;
    let kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let reply = during_a_call(&harness, async || harness.db.execute(kill).await).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(harness.only_row().await["status"], "settled");
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn short_database_outage_only_delays_settlement() {
    let harness = Harness::start().await;
    let name = harness.db.name().to_owned();
    let reply = during_a_call(&harness, async || {
        let admin = harness.db.admin().await;
        admin.batch_execute(&format!("alter database {name} allow_connections false")).await.unwrap();
        let kill = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        admin.batch_execute(&kill).await.unwrap();
        // Until after the provider's response, so that the first settlement finds no database.
        tokio::time::sleep(Duration::from_millis(900)).await;
        admin.batch_execute(&format!("alter database {name} allow_connections true")).await.unwrap();
    })
    .await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(harness.only_row().await["status"], "settled");
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn call_is_settled_even_if_its_open_row_was_lost() {
    let harness = Harness::start().await;
    let reply = during_a_call(&harness, async || harness.db.execute("delete from open_calls").await).await;
    assert_eq!(reply.status, StatusCode::OK);
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["revision"]), (&json!("settled"), &json!(0)));
}

#[tokio::test]
async fn settlement_after_the_sweeper_corrects_the_abandoned_row() {
    let harness = Harness::start().await;
    let reply = during_a_call(&harness, async || {
        harness
            .db
            .execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'")
            .await;
        assert_eq!(calls::sweep(&harness.db.open()).await.unwrap().len(), 1);
    })
    .await;
    let rows = harness.ledger().await;
    let revisions: Vec<_> = rows.iter().map(|row| (row["revision"].clone(), row["status"].clone())).collect();
    assert_eq!(revisions, [(json!(0), json!("abandoned")), (json!(1), json!("settled"))]);
    let sums = "select sum(input_tokens) as input, sum(output_tokens) as output, sum(cost_pico_usd) as cost,
        count(*) filter (where cost_pico_usd is null) + sum(unpriced_change) as unpriced from usage_logs";
    let sums = harness.db.rows(sums).await;
    let usage = &reply.json()["usage"];
    assert_eq!(sums[0]["input"], usage["prompt_tokens"]);
    assert_eq!(sums[0]["output"], usage["completion_tokens"]);
    assert_eq!(sums[0]["unpriced"], 0);
    let cost = usage["prompt_tokens"].as_i64().unwrap() * 150_000
        + usage["completion_tokens"].as_i64().unwrap() * 600_000;
    assert_eq!(sums[0]["cost"], cost);
}

#[tokio::test]
async fn call_of_a_killed_function_is_recorded_by_the_sweeper() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = slow(60_000);
    body["max_completion_tokens"] = json!(100);
    {
        // Dropped unfinished, as by a host that stops.
        let call = post(&router, PATH, &key, body.clone());
        let open = harness.eventually("the call is open", async || harness.open_calls().await == 1);
        tokio::select! {
            _ = call => panic!("the call ended"),
            () = open => {}
        }
    }
    assert!(calls::sweep(&harness.db.open()).await.unwrap().is_empty(), "its deadline has not passed");
    harness.db.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
    assert_eq!(calls::sweep(&harness.db.open()).await.unwrap().len(), 1);
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["output_tokens"]), (&json!("abandoned"), &json!(100)));
    assert_eq!(row["input_tokens"], body.to_string().len(), "the bound: bytes of the body");
    assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn database_away_at_admission_sends_nothing_upstream() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let admin = harness.db.admin().await;
    admin
        .batch_execute(&format!("alter database {} allow_connections false", harness.db.name()))
        .await
        .unwrap();
    let reply = post(&router, PATH, &key, slow(0)).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json()["error"]["code"], "database_unavailable");
    assert!(reply.header("retry-after").is_some());
    assert_eq!(harness.mock.counters().total.requests, 0);
    admin
        .batch_execute(&format!("alter database {} allow_connections true", harness.db.name()))
        .await
        .unwrap();
}

#[tokio::test]
async fn same_idempotency_key_is_not_sent_twice_while_the_first_is_open() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let repeated = || {
        let mut request = request(Method::POST, PATH, &key, slow(300).to_string());
        request.headers_mut().insert("idempotency-key", HeaderValue::from_static("order-7"));
        request
    };
    let (one, two) = tokio::join!(send(&router, repeated()), send(&router, repeated()));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let refused = if one.status == StatusCode::CONFLICT { one } else { two };
    assert_eq!(refused.json()["error"]["code"], "idempotency_in_progress");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(harness.mock.counters().total.requests, 1);
    assert_eq!(send(&router, repeated()).await.status, StatusCode::OK, "the first is settled");
}

#[tokio::test]
async fn price_change_applies_to_the_next_call() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    post(&router, PATH, &key, slow(0)).await;
    let new_price = "insert into model_prices (model, service_tier, effective_from, input, output)
        values ('gpt-4o-mini', 'default', clock_timestamp() - interval '1 second', 1000000, 1000000)";
    harness.db.execute(new_price).await;
    post(&router, PATH, &key, slow(0)).await;
    let rows = harness.ledger().await;
    let tokens = rows[1]["input_tokens"].as_i64().unwrap() + rows[1]["output_tokens"].as_i64().unwrap();
    assert_eq!(rows[1]["cost_pico_usd"], tokens * 1_000_000);
    assert_ne!(rows[0]["price_id"], rows[1]["price_id"]);
}

#[tokio::test]
async fn dated_model_uses_its_own_price_if_it_has_one() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = slow(0);
    for (model, input, output) in [("gpt-4o-2024-05-13", 5, 15), ("gpt-4o-2024-11-20", 2, 10)] {
        body["model"] = json!(model);
        body["metadata"]["mock_served_model"] = json!(model);
        assert_eq!(post(&router, PATH, &key, body.clone()).await.status, StatusCode::OK);
        let row = harness.ledger().await.pop().unwrap();
        let tokens = |name: &str| row[name].as_i64().unwrap();
        // 2.50 USD is not a whole number.
        let half = if input == 2 { 500_000 } else { 0 };
        let cost = tokens("input_tokens") * (input * 1_000_000 + half)
            + tokens("output_tokens") * output * 1_000_000;
        assert_eq!(row["cost_pico_usd"], cost, "{model}");
    }
}

/// Longer than any call with one second for the provider may take.
const TOO_LONG: Duration = Duration::from_secs(15);

#[tokio::test]
async fn hanging_settlement_is_given_up_and_the_response_still_sent() {
    let harness = Harness::start().await;
    let changes = [("UPSTREAM_TIMEOUT_SECONDS", "1"), ("DATABASE_POOL_SIZE", "1")];
    let (router, key) = (router(&harness, &changes).await, harness.key().create().await);
    assert_eq!(post(&router, PATH, &key, slow(0)).await.status, StatusCode::OK);
    let locker = harness.db.client().await;
    locker.batch_execute("begin; lock table usage_logs in access exclusive mode").await.unwrap();
    let reply = tokio::time::timeout(TOO_LONG, post(&router, PATH, &key, slow(0))).await.expect("an answer");
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());

    // The first connection still waits for the lock, so the next call opens another.
    let next = tokio::time::timeout(TOO_LONG, post(&router, PATH, &key, slow(0)));
    let admitted = harness.eventually("the next call is admitted", async || harness.open_calls().await == 2);
    let (next, ()) = tokio::join!(next, async {
        admitted.await;
        locker.batch_execute("commit").await.unwrap();
    });
    assert_eq!(next.expect("an answer").status, StatusCode::OK);
    // The server completed the settlement after the function stopped waiting for it.
    harness.eventually("all are settled", async || harness.ledger().await.len() == 3).await;
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn hanging_admission_is_a_database_outage() {
    let harness = Harness::start().await;
    let changes = [("UPSTREAM_TIMEOUT_SECONDS", "1"), ("DATABASE_POOL_SIZE", "1")];
    let (router, key) = (router(&harness, &changes).await, harness.key().create().await);
    assert_eq!(post(&router, PATH, &key, slow(0)).await.status, StatusCode::OK);
    let locker = harness.db.client().await;
    locker.batch_execute("begin; lock table open_calls in access exclusive mode").await.unwrap();
    let started = Instant::now();
    let reply = tokio::time::timeout(TOO_LONG, post(&router, PATH, &key, slow(0))).await.expect("an answer");
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    assert_eq!(reply.json()["error"]["code"], "database_unavailable");
    assert!(started.elapsed() < TOO_LONG);
    assert_eq!(harness.mock.counters().total.requests, 1);
    locker.batch_execute("commit").await.unwrap();
    assert_eq!(post(&router, PATH, &key, slow(0)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn same_idempotency_key_with_another_provider_key_is_another_call() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let call = |provider_key: &str| {
        let mut request = request(Method::POST, PATH, provider_key, slow(300).to_string());
        request.headers_mut().insert("idempotency-key", HeaderValue::from_static("order-7"));
        request
    };
    let (one, two) = tokio::join!(send(&router, call("sk-first")), send(&router, call("sk-second")));
    assert_eq!((one.status, two.status), (StatusCode::OK, StatusCode::OK));
}
