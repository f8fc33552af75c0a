//! Prices: added to the microcent, never edited, and taken back only where no call knows them.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{World, call, refusal};

fn price(model: &str, from: &str, input: Value) -> Value {
    json!({"model": model, "effective_from": from, "input": input, "output": "8"})
}

#[tokio::test]
async fn price_is_kept_to_the_last_digit() {
    let world = World::start().await;
    // As text: a float could not hold these.
    let body = r#"{"model": "m", "service_tier": "flex", "above_input_tokens": 200000, "effective_from": "2100-01-01T01:00:00+01:00",
        "review_on": "2027-06-30", "input": 123456.789012, "cached_input": "0.000001", "output": 0.1, "cache_write": null, "audio_output": 0}"#;
    let added = world.send(Method::POST, "/api/prices", &[], body).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let mut added = added.json();
    let id = added["id"].take().as_i64().unwrap();
    added["created_at"] = "…".into();
    insta::assert_json_snapshot!(added, @r#"
    {
      "id": null,
      "provider": "openai",
      "model": "m",
      "service_tier": "flex",
      "above_input_tokens": 200000,
      "effective_from": "2100-01-01T00:00:00Z",
      "created_at": "…",
      "review_on": "2027-06-30",
      "input": "123456.789012",
      "cached_input": "0.000001",
      "cache_write": null,
      "cache_write_long": null,
      "output": "0.1",
      "audio_input": null,
      "cached_audio_input": null,
      "audio_output": "0",
      "image_output": null
    }
    "#);
    let stored = world
        .harness
        .db
        .rows(&format!("select input, cached_input, output from model_prices where id = {id}"))
        .await;
    assert_eq!(stored[0], json!({"input": 123_456_789_012_i64, "cached_input": 1, "output": 100_000}));
}

#[tokio::test]
async fn overlapping_price_is_refused_and_other_dates_are_not() {
    let world = World::start().await;
    let add = async |from: &str| world.post("/api/prices", price("m", from, json!("1"))).await;
    assert_eq!(add("2100-01-01T00:00:00Z").await.status, StatusCode::CREATED);
    // The same instant, written in another zone.
    assert_eq!(refusal(&add("2100-01-01T02:00:00+02:00").await), "409 already_exists");
    assert_eq!(add("2100-01-01T00:00:01Z").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn prices_in_effect_at_an_instant_are_found() {
    let world = World::start().await;
    for (from, input) in
        [("2026-01-01T00:00:00Z", "1"), ("2026-06-01T00:00:00Z", "2"), ("2100-01-01T00:00:00Z", "3")]
    {
        world.post("/api/prices", price("m", from, json!(input))).await;
    }
    let inputs = async |query: &str| {
        let page = world.get(&format!("/api/prices?model=m{query}")).await.json();
        let inputs: Vec<String> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["input"].as_str().unwrap().to_owned())
            .collect();
        inputs.join(" ")
    };
    assert_eq!(inputs("").await, "3 2 1");
    assert_eq!(inputs("&at=2026-05-31T23:59:59Z").await, "1");
    assert_eq!(inputs("&at=2026-06-01T00:00:00Z").await, "2");
    assert_eq!(inputs("&at=2025-01-01T00:00:00Z").await, "");
    assert_eq!(inputs("&service_tier=flex").await, "");
    let all = world.get("/api/prices?limit=200").await.json();
    assert!(all["data"].as_array().unwrap().len() > 50, "the list prices are there");
}

#[tokio::test]
async fn next_call_uses_the_new_price_which_can_then_not_be_withdrawn() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    let add = async |input: &str, from: &str| {
        let added = world.post("/api/prices", price("gpt-4o-mini", from, json!(input))).await.json();
        added["id"].as_i64().unwrap()
    };
    let unused = add("5", "2026-11-02T00:00:00Z").await;
    assert_eq!(call(&chat, &secret).await, 200);
    let used = world.harness.only_row().await["price_id"].as_i64().unwrap();
    assert_eq!(used, unused, "the new row is in effect at once");
    assert_eq!(refusal(&world.delete(&format!("/api/prices/{used}")).await), "409 price_in_use");
    let late = add("6", "2026-11-03T00:00:00Z").await;
    assert_eq!(world.delete(&format!("/api/prices/{late}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(&chat, &secret).await, 200);
    let priced = world.harness.ledger().await;
    assert!(priced.iter().all(|row| row["price_id"] == used), "{priced:#?}");
    assert_eq!(refusal(&world.delete(&format!("/api/prices/{late}")).await), "404 not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn price_of_a_call_in_flight_stays_findable() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    let added =
        world.post("/api/prices", price("gpt-4o-mini", "2026-11-02T00:00:00Z", json!("5"))).await.json();
    let path = format!("/api/prices/{}", added["id"]);
    let body = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"mock_latency_ms": "2000"}
    });
    let answered = async { testkit::post(&chat, "/v1/chat/completions", &secret, body).await.status };
    let withdrawn = async {
        world.harness.eventually("admitted", async || world.harness.open_calls().await == 1).await;
        world.delete(&path).await.status
    };
    assert_eq!(tokio::join!(answered, withdrawn), (StatusCode::OK, StatusCode::NO_CONTENT));
    let found = world
        .harness
        .db
        .rows(
            "select l.price_id, p.input from usage_logs l
            join (select id, input from model_prices union all select id, input from withdrawn_prices) p on p.id = l.price_id",
        )
        .await;
    assert_eq!(found, [json!({"price_id": added["id"], "input": 5_000_000})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn price_is_kept_where_the_search_for_its_calls_comes_to_no_end() {
    let world = World::start().await;
    let added = world.post("/api/prices", price("m", "2100-01-01T00:00:00Z", json!("5"))).await.json();
    let path = format!("/api/prices/{}", added["id"]);
    let holder = world.harness.db.client().await;
    holder.batch_execute("begin; lock table usage_logs in access exclusive mode").await.unwrap();
    let waiting =
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let cancelled = async {
        let waits = async || !world.harness.db.rows(waiting).await.is_empty();
        world.harness.eventually("the search waits", waits).await;
        let pid = world.harness.db.rows(waiting).await[0]["pid"].clone();
        holder.batch_execute(&format!("select pg_cancel_backend({pid})")).await.unwrap();
    };
    let (tried, ()) = tokio::join!(world.delete(&path), cancelled);
    assert_eq!(refusal(&tried), "409 price_in_use");
    holder.batch_execute("rollback").await.unwrap();
    assert_eq!(world.delete(&path).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn price_older_than_retention_cannot_be_withdrawn() {
    let world = World::start().await;
    let mut paths = Vec::new();
    for day in [1, 2] {
        let added =
            world.post("/api/prices", price("m", &format!("2100-01-0{day}T00:00:00Z"), json!("5"))).await;
        paths.push(format!("/api/prices/{}", added.json()["id"]));
        // Calls from before this instant, the first price's among them, are dropped.
        if day == 1 {
            world
                .harness
                .db
                .execute(
                    "update usage_rollup_state set sealing_until = now(), sealed_until = now(), dropped_until = now()",
                )
                .await;
        }
    }
    assert_eq!(refusal(&world.delete(&paths[0]).await), "409 price_in_use");
    assert_eq!(world.delete(&paths[1]).await.status, StatusCode::NO_CONTENT);
}
