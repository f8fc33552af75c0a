//! Routes under limits: one bound for all targets, reserved once and released once.

use domain::limits::Metric;

use super::*;
use crate::limits::USD;

const PRICES: [(&str, i64); 2] = [("cheap", 1), ("dear", 50)];

/// A route of a cheap and a dear model of the same provider, and a limit on money.
async fn priced(first: ScriptedProvider, cap: i64) -> (Harness, Router, String, ScriptedProvider) {
    let harness = Harness::start().await;
    for (model, rate) in PRICES {
        harness
            .db
            .execute(&format!(
                "insert into model_prices
                    (provider, model, service_tier, effective_from, input, output)
                values ('openai', '{model}', 'default', '2020-01-01', {rate}000000, {rate}000000)"
            ))
            .await;
    }
    add(&harness, "groq", &first.base_url, &[]).await;
    route(&harness, "fast", &[("groq", "cheap"), ("openai", "dear")]).await;
    harness.limit(Metric::Usd, cap).create().await;
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    (harness, router, key, first)
}

fn bounded() -> Value {
    let mut body = hello("fast");
    body["max_tokens"] = json!(1_000);
    body
}

/// What the windows hold, as used and reserved.
async fn held(harness: &Harness) -> Vec<(i64, i64)> {
    let amount = |row: &Value, name: &str| row[name].as_i64().unwrap();
    harness.windows().await.iter().map(|row| (amount(row, "settled"), amount(row, "reserved"))).collect()
}

#[tokio::test]
async fn bound_is_that_of_the_dearest_target_and_the_cost_that_of_the_one_that_answered() {
    // 1,000 tokens of output cost 0.05 USD at the dear one and 0.001 at the cheap one.
    let (_harness, router, key, first) = priced(answering(1).await, USD / 100).await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_REQUEST, &json!("request_exceeds_limit"))
    );
    assert_eq!(first.requests().len(), 0);
    let (harness, router, key, _first) = priced(answering(1).await, USD).await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let row = harness.only_row().await;
    // 9 + 2 tokens of the model that it says has answered.
    assert_eq!((&row["model"], &row["cost_pico_usd"]), (&json!("cheap"), &json!(42_500_000)));
    assert_eq!(held(&harness).await, [(42_500_000, 0)]);
}

#[tokio::test]
async fn reservation_is_released_once_however_many_targets_were_tried() {
    let refusal = vec![vec![vec![refusing("503 Service Unavailable", "")]]];
    let (harness, router, key, _first) = priced(ScriptedProvider::start(refusal).await, USD).await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let row = harness.only_row().await;
    let cost = row["cost_pico_usd"].as_i64().unwrap();
    assert_eq!((&row["model"], held(&harness).await), (&json!("dear"), vec![(cost, 0)]));
    // All fail, at no cost.
    harness.mock.script([Fault::Conflict, Fault::Conflict, Fault::Conflict]);
    harness.db.execute("delete from upstreams").await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
    assert_eq!((held(&harness).await, harness.open_calls().await), (vec![(cost, 0)], 0));
}

/// Nothing is reserved for a second attempt.
#[tokio::test]
async fn target_that_may_bill_its_try_is_not_passed_over_under_a_hard_limit() {
    let lost = vec![vec![vec![refusing("504 Gateway Timeout", "")]]];
    let (harness, router, key, _first) = priced(ScriptedProvider::start(lost).await, USD).await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT, "{}", reply.text());
    assert_eq!(tries(&harness).await, ["groq 504 scripted"]);
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["cost_pico_usd"]), (&json!("failed"), &Value::Null));
    let [(settled, reserved)] = held(&harness).await.try_into().unwrap();
    assert!(settled > 0 && reserved == 0, "{settled} {reserved}");
}

#[tokio::test]
async fn hard_limit_on_money_leaves_out_targets_without_a_price() {
    let (harness, router, key, first) = priced(answering(1).await, USD).await;
    harness.db.execute("update upstreams set price_provider = 'groq'").await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
    assert_eq!((tries(&harness).await, first.requests().len()), (vec!["openai 200 null".to_owned()], 0));
    harness
        .db
        .execute(r#"update model_routes set targets = '[{"upstream": "groq", "model": "cheap"}]'"#)
        .await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_REQUEST, &json!("model_not_priced"))
    );
    harness.db.execute("delete from limits").await;
    let reply = post(&router, PATH, &key, bounded()).await;
    assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("groq")));
}
