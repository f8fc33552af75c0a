//! How the cost of single calls adds up, from receipts and from exports; and the names of keys.

use axum::Router;
use domain::keys::Scope;
use domain::money::PicoUsd;
use domain::pricing::{PriceBook, cost};
use domain::usage::Usage;
use ledger::prices;
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::router;

/// Pico-USD of a decimal, which may be negative.
fn pico(value: &Value) -> i64 {
    let text = value.as_str().unwrap();
    let amount: PicoUsd = text.trim_start_matches('-').parse().unwrap();
    if text.starts_with('-') { -amount.as_pico() } else { amount.as_pico() }
}

/// Whether tokens, fees and the rest of a call's receipt are its cost.
pub(crate) fn assert_adds_up(call: &Value) {
    let receipt = &call["receipt"];
    assert_eq!(receipt["total_usd"], call["cost_usd"]);
    if receipt["total_usd"].is_null() {
        assert!(receipt["other_usd"].is_null());
        return;
    }
    let sum = |list: &Value, field: &str| -> i64 {
        list.as_array().unwrap().iter().map(|line| pico(&line[field])).sum()
    };
    let parts = sum(&receipt["tokens"], "amount_usd") + sum(&receipt["fees"], "cost_usd");
    assert_eq!(parts + pico(&receipt["other_usd"]), pico(&call["cost_usd"]), "{call}");
}

fn count(call: &Value, field: &str) -> i64 {
    call[field].as_i64().unwrap()
}

fn usage_of(call: &Value) -> Usage {
    Usage {
        input_tokens: count(call, "input_tokens"),
        cached_tokens: count(call, "cached_tokens"),
        cache_write_tokens: count(call, "cache_write_tokens"),
        audio_input_tokens: count(call, "audio_input_tokens"),
        output_tokens: count(call, "output_tokens"),
        reasoning_tokens: count(call, "reasoning_tokens"),
        audio_output_tokens: count(call, "audio_output_tokens"),
        ..Usage::default()
    }
}

/// One call for each row of the price list, with tokens in every bucket and a fee.
async fn price_each(harness: &Harness, book: &PriceBook) -> usize {
    let ids = harness.db.rows("select id from model_prices order by id").await;
    let usage = Usage {
        input_tokens: 1_000_003,
        cached_tokens: 300_001,
        cache_write_tokens: 70_007,
        audio_input_tokens: 11,
        output_tokens: 20_021,
        reasoning_tokens: 9_999,
        audio_output_tokens: 13,
        ..Usage::default()
    };
    for id in &ids {
        let id = id["id"].as_i64().unwrap();
        let billed = cost(book.price(id).unwrap(), &usage).unwrap().as_pico() + 25_000_000_000;
        insert(
            harness,
            &usage,
            Some(id),
            Some(billed),
            r#"[{"tool": "web_search", "uses": 1, "cost_pico_usd": 25000000000}]"#,
        )
        .await;
    }
    ids.len()
}

async fn insert(harness: &Harness, usage: &Usage, price: Option<i64>, cost: Option<i64>, fees: &str) {
    let sql = |value: Option<i64>| value.map_or("null".to_owned(), |value| value.to_string());
    let insert = format!(
        "insert into usage_logs (id, started_at, user_label, model, input_tokens, uncached_tokens, cached_tokens,
            cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
            retried_input_tokens, cost_pico_usd, retried_cost_pico_usd, price_id, fees, status, endpoint, stream, attempts)
        values (gen_random_uuid(), now(), 'a', 'm', {}, {}, {}, {}, {}, {}, {}, {}, 5, {}, 7, {}, '{fees}', 'settled',
            'responses', false, 2)",
        usage.input_tokens, usage.uncached_tokens(), usage.cached_tokens, usage.cache_write_tokens,
        usage.audio_input_tokens, usage.output_tokens, usage.reasoning_tokens, usage.audio_output_tokens, sql(cost),
        sql(price)
    );
    harness.db.execute(&insert).await;
}

#[tokio::test]
async fn bill_can_be_computed_from_exported_rows_and_from_receipts() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let book = prices::load(&harness.db.open()).await.unwrap();
    let calls = price_each(&harness, &book).await;
    let lines = get(&router, "/api/usage/export?format=ndjson", &key).await.text();
    assert!(calls > 0 && lines.lines().count() == calls);
    for line in lines.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let fees: i64 = call["fees"].as_array().unwrap().iter().map(|fee| pico(&fee["cost_usd"])).sum();
        let tokens = cost(book.price(count(&call, "price_id")).unwrap(), &usage_of(&call)).unwrap();
        assert_eq!(tokens.as_pico() + fees, pico(&call["cost_usd"]), "{call}");
        assert_eq!((count(&call, "retried_input_tokens"), pico(&call["retried_cost_usd"])), (5, 7));
        let path = format!("/api/usage/calls/{}", call["id"].as_str().unwrap());
        let mut with_receipt = get(&router, &path, &key).await.json();
        assert_adds_up(&with_receipt);
        assert_eq!(with_receipt["receipt"]["other_usd"], "0", "rates and fees explain all of it");
        with_receipt.as_object_mut().unwrap().remove("receipt");
        assert_eq!(with_receipt, call, "an exported row is the call");
    }
}

const SMALL: Usage = Usage {
    input_tokens: 10,
    cached_tokens: 1,
    cache_write_tokens: 0,
    cache_write_long_tokens: 0,
    audio_input_tokens: 0,
    cached_audio_tokens: 0,
    output_tokens: 4,
    reasoning_tokens: 0,
    audio_output_tokens: 0,
    image_output_tokens: 0,
};

async fn add_price(harness: &Harness) -> Option<i64> {
    harness
        .db
        .execute(
            "insert into model_prices (model, service_tier, effective_from, input, output)
            values ('m', 'default', '2025-01-01T00:00:00Z', 2, 3)",
        )
        .await;
    harness.db.rows("select id from model_prices where model = 'm'").await[0]["id"].as_i64()
}

async fn last_receipt(router: &Router, key: &str) -> Value {
    let page = get(router, "/api/usage/calls?limit=1", key).await.json();
    let path = format!("/api/usage/calls/{}", page["data"][0]["id"].as_str().unwrap());
    let call = get(router, &path, key).await.json();
    assert_adds_up(&call);
    call["receipt"].clone()
}

#[tokio::test]
async fn receipt_shows_what_its_price_does_not_explain() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let price = add_price(&harness).await;
    // Billed for more than its rates say, less, without a price, with an unknown fee, and with a price taken back.
    let mut others = Vec::new();
    for (price, cost, fees) in [
        (price, Some(42), "[]"),
        (price, Some(30), "[]"),
        (None, Some(9), "[]"),
        (price, None, r#"[{"tool": "x", "uses": 1, "cost_pico_usd": null}]"#),
        (Some(987_654), Some(8), "[]"),
    ] {
        insert(&harness, &SMALL, price, cost, fees).await;
        let receipt = last_receipt(&router, &key).await;
        others.push(format!(
            "{} lines, other {}, total {}",
            receipt["tokens"].as_array().unwrap().len(),
            receipt["other_usd"],
            receipt["total_usd"]
        ));
    }
    insta::assert_snapshot!(others.join("\n"), @r#"
    9 lines, other "0.00000000001", total "0.000000000042"
    9 lines, other "-0.000000000002", total "0.00000000003"
    0 lines, other "0.000000000009", total "0.000000000009"
    9 lines, other null, total null
    0 lines, other "0.000000000008", total "0.000000000008"
    "#);
}

#[tokio::test]
async fn receipt_has_the_rates_of_a_price_that_was_taken_back() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let price = add_price(&harness).await;
    harness
        .db
        .execute(
            "with gone as (delete from model_prices where model = 'm' returning *)
            insert into withdrawn_prices (id, effective_from, created_at, above_input_tokens, input, output, model,
                service_tier)
            select id, effective_from, created_at, above_input_tokens, input, output, model, service_tier from gone",
        )
        .await;
    insert(&harness, &SMALL, price, Some(32), "[]").await;
    let mut receipt = last_receipt(&router, &key).await;
    receipt["price"]["id"] = json!("[id]");
    insta::assert_json_snapshot!(receipt, @r#"
    {
      "price": {
        "id": "[id]",
        "provider": "openai",
        "model": "m",
        "service_tier": "default",
        "above_input_tokens": 0,
        "effective_from": "2025-01-01T00:00:00.000000Z"
      },
      "tokens": [
        {
          "bucket": "input",
          "tokens": 9,
          "rate": "0.000002",
          "amount_usd": "0.000000000018"
        },
        {
          "bucket": "cached_input",
          "tokens": 1,
          "rate": "0.000002",
          "amount_usd": "0.000000000002"
        },
        {
          "bucket": "cache_write",
          "tokens": 0,
          "rate": "0.000002",
          "amount_usd": "0"
        },
        {
          "bucket": "cache_write_long",
          "tokens": 0,
          "rate": "0.000002",
          "amount_usd": "0"
        },
        {
          "bucket": "audio_input",
          "tokens": 0,
          "rate": "0.000002",
          "amount_usd": "0"
        },
        {
          "bucket": "cached_audio_input",
          "tokens": 0,
          "rate": "0.000002",
          "amount_usd": "0"
        },
        {
          "bucket": "output",
          "tokens": 4,
          "rate": "0.000003",
          "amount_usd": "0.000000000012"
        },
        {
          "bucket": "audio_output",
          "tokens": 0,
          "rate": "0.000003",
          "amount_usd": "0"
        },
        {
          "bucket": "image_output",
          "tokens": 0,
          "rate": "0.000003",
          "amount_usd": "0"
        }
      ],
      "parts": [],
      "fees": [],
      "other_usd": "0",
      "upstream": null,
      "total_usd": "0.000000000032"
    }
    "#);
}

#[tokio::test]
async fn names_of_keys_are_shown_to_those_who_may_know_them() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let free = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("a").create().await;
    harness.db.execute("update api_keys set name = coalesce(user_label, 'any')").await;
    harness
        .db
        .execute(
            "insert into usage_logs (id, started_at, created_at, user_label, model, key_id, input_tokens,
                uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, status, endpoint, stream, attempts)
            select gen_random_uuid(), now(), now(), 'a', 'm', key_id, 1, 1, 0, 0, 0, 1, 0, 0, 'settled', 'e', false, 1
            from (select id as key_id from api_keys union all values (null), (gen_random_uuid())) as key",
        )
        .await;
    let mut answers = Vec::new();
    for (who, key) in [("free", &free), ("bound", &bound)] {
        let ask = async |query: &str| get(&router, &format!("/api/usage/{query}"), key).await;
        let named = |rows: Vec<Value>| {
            let mut names: Vec<String> = rows.iter().map(|row| row["key_name"].to_string()).collect();
            names.sort_unstable();
            format!("{who}: {}", names.join(" "))
        };
        let rows = |value: &Value| value.as_array().unwrap().clone();
        answers.push(named(rows(&ask("summary?group_by=key").await.json())));
        let series = ask("timeseries?group_by=key&interval=month").await.json();
        answers.push(named(rows(&series["series"]).iter().map(|series| series["group"].clone()).collect()));
        answers.push(named(rows(&ask("calls").await.json()["data"])));
        let export = ask("export?format=ndjson").await.text();
        answers.push(named(export.lines().map(|line| serde_json::from_str(line).unwrap()).collect()));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    free: "a" "any" null null
    free: "a" "any" null null
    free: "a" "any" null null
    free: "a" "any" null null
    bound: "a" null null null
    bound: "a" null null null
    bound: "a" null null null
    bound: "a" null null null
    "#);
}
