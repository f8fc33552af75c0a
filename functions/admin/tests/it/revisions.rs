//! Corrections of prices: shown before, applied once, visible at once, undone by their reverse; the ledger never
//! changes.

mod in_flight;
mod refusals;

use http::StatusCode;
use serde_json::{Value, json};
use testkit::Reply;

use crate::World;

const FROM: &str = "2026-01-01T00:00:00Z";

/// A price of a model whose calls the tests write themselves.
fn price(model: &str, input: &str) -> Value {
    json!({"model": model, "effective_from": FROM, "input": input, "output": "0"})
}

/// A settled call of that many input tokens, with its cost in pico-USD.
fn row(label: &str, model: &str, at: &str, tokens: i64, cost: Option<i64>, status: &str) -> String {
    let cost = cost.map_or("null".to_owned(), |cost| cost.to_string());
    format!(
        "insert into usage_logs (id, created_at, started_at, user_label, model, endpoint, status, stream, attempts,
            input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
            reasoning_tokens, audio_output_tokens, cost_pico_usd, latency_us)
        values (gen_random_uuid(), '{at}', '{at}', '{label}', '{model}', 'responses', '{status}', false, 1,
            {tokens}, {tokens}, 0, 0, 0, 0, 0, 0, {cost}, 0);"
    )
}

impl World {
    async fn preview(&self, price: &Value) -> Value {
        let shown = self.post("/api/prices/preview", price.clone()).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
        shown.json()
    }

    async fn apply(&self, price: &Value, preview: &Value) -> Reply {
        let mut body = price.clone();
        body["preview"] = preview["preview"].clone();
        self.post("/api/prices/apply", body).await
    }

    async fn correct(&self, price: &Value) -> Value {
        let preview = self.preview(price).await;
        let applied = self.apply(price, &preview).await;
        assert_eq!(applied.status, StatusCode::OK, "{}", applied.text());
        applied.json()
    }

    async fn undo(&self, revision: &Value) -> Reply {
        self.post(&format!("/api/prices/revisions/{}/undo", revision["id"]), json!({})).await
    }

    /// What a month costs, as billed and as priced now.
    async fn month(&self, cost: &str) -> String {
        let config = summary::Config::from_env(&self.harness.environment("summary", &[])).unwrap();
        let router = summary::router(summary::SummaryState::new(config).await.unwrap());
        let path = format!("/api/usage/summary?group_by=model&from=2026-10-01T00:00:00Z&cost={cost}");
        let rows = testkit::get(&router, &path, &self.admin).await.json();
        let text = |row: &Value| {
            let usd = row["cost_usd"].as_str().unwrap_or("null").to_owned();
            format!(
                "{}: {usd} of {}, {} unpriced",
                row["model"].as_str().unwrap(),
                row["calls"],
                row["unpriced_calls"]
            )
        };
        rows.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" | ")
    }
}

async fn with_calls() -> World {
    let world = World::start().await;
    world.post("/api/prices", price("m", "2")).await;
    let rows = [
        row("a", "m", "2026-10-02T10:00:00Z", 1_000_000, Some(2_000_000_000_000), "settled"),
        row("b", "m-2026-01-31", "2026-10-03T10:00:00Z", 500_000, Some(1_000_000_000_000), "settled"),
        row("b", "m", "2026-10-04T10:00:00Z", 0, None, "failed"),
        row("b", "m", "2026-10-05T10:00:00Z", 7, Some(9), "abandoned"),
        row("b", "new", "2026-10-05T10:00:00Z", 10, None, "settled"),
    ];
    world.harness.db.execute(&rows.concat()).await;
    world
}

#[tokio::test]
async fn preview_matches_what_apply_changes_and_undo_reverts() {
    let world = with_calls().await;
    let ledger = world.harness.ledger().await;
    let preview = world.preview(&price("m", "3")).await;
    insta::assert_json_snapshot!(json!([preview["total"], preview["groups"], preview["ends_at"]]), @r#"
    [
      {
        "calls": 2,
        "newly_priced_calls": 0,
        "unchanged_calls": 1,
        "stated_calls": 0,
        "billed_usd": "3",
        "current_usd": "3",
        "corrected_usd": "4.5",
        "difference_usd": "1.5"
      },
      [
        {
          "user_label": "a",
          "model": "m",
          "calls": 1,
          "newly_priced_calls": 0,
          "unchanged_calls": 0,
          "stated_calls": 0,
          "billed_usd": "2",
          "current_usd": "2",
          "corrected_usd": "3",
          "difference_usd": "1"
        },
        {
          "user_label": "b",
          "model": "m",
          "calls": 0,
          "newly_priced_calls": 0,
          "unchanged_calls": 1,
          "stated_calls": 0,
          "billed_usd": "0",
          "current_usd": "0",
          "corrected_usd": "0",
          "difference_usd": "0"
        },
        {
          "user_label": "b",
          "model": "m-2026-01-31",
          "calls": 1,
          "newly_priced_calls": 0,
          "unchanged_calls": 0,
          "stated_calls": 0,
          "billed_usd": "1",
          "current_usd": "1",
          "corrected_usd": "1.5",
          "difference_usd": "0.5"
        }
      ],
      null
    ]
    "#);
    let billed = world.month("billed").await;
    assert_eq!(world.month("current").await, billed, "a preview changes nothing");
    let revision = world.apply(&price("m", "3"), &preview).await.json();
    assert_eq!(revision["replaced_price_id"], preview["replaced_price_id"]);
    assert_eq!((&revision["changed_calls"], &revision["difference_usd"]), (&json!(2), &json!("1.5")));
    assert_eq!(world.month("billed").await, billed);
    insta::assert_snapshot!(world.month("current").await, @"m: 3.000000000009 of 3, 1 unpriced | m-2026-01-31: 1.5 of 1, 0 unpriced | new: null of 1, 1 unpriced");
    let undone = world.undo(&revision).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text());
    assert_eq!(undone.json()["difference_usd"], "-1.5");
    assert_eq!(world.month("current").await, billed);
    assert_eq!(world.harness.ledger().await, ledger, "rows of the ledger are never edited");
    let inputs = world.get("/api/prices?model=m").await.json();
    assert_eq!(inputs["data"][0]["input"], "2", "the price from before is back");
    let list = world.get("/api/prices/revisions").await.json();
    let statuses: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, [&json!("applied"), &json!("undone")]);
    let audit = world.get("/api/audit?subject_kind=price").await.json();
    assert_eq!(audit["data"][1]["after"]["revision_id"], revision["id"]);
}

#[tokio::test]
async fn first_price_of_a_model_prices_its_calls() {
    let world = with_calls().await;
    let preview = world.preview(&price("new", "1")).await;
    assert_eq!(preview["total"]["newly_priced_calls"], 1);
    let revision = world.apply(&price("new", "1"), &preview).await.json();
    assert!(
        world.month("current").await.ends_with("new: 0.00001 of 1, 0 unpriced"),
        "{}",
        world.month("current").await
    );
    assert!(world.month("billed").await.ends_with("new: null of 1, 1 unpriced"));
    world.undo(&revision).await;
    assert!(world.month("current").await.ends_with("new: null of 1, 1 unpriced"));
}

#[tokio::test]
async fn undoing_a_first_price_leaves_calls_billed_with_it_without_one() {
    let world = with_calls().await;
    let revision = world.correct(&price("new", "1")).await;
    let billed = row("b", "new", "2026-10-06T10:00:00Z", 20, Some(20_000_000), "settled")
        .replace("'2026-10-06T10:00:00Z', '2026-10-06T10:00:00Z'", "now(), now()")
        .replace("latency_us)", "latency_us, price_id)")
        .replace(", 0);", &format!(", 0, {});", revision["price_id"]));
    world.harness.db.execute(&billed).await;
    assert!(
        world.month("current").await.ends_with("new: 0.00003 of 2, 0 unpriced"),
        "{}",
        world.month("current").await
    );
    assert_eq!(world.undo(&revision).await.status, StatusCode::OK);
    assert!(world.month("billed").await.ends_with("new: 0.00002 of 2, 1 unpriced"));
    assert!(
        world.month("current").await.ends_with("new: null of 2, 2 unpriced"),
        "{}",
        world.month("current").await
    );
    // And a later first price is for all of them.
    world.correct(&price("new", "2")).await;
    assert!(
        world.month("current").await.ends_with("new: 0.00006 of 2, 0 unpriced"),
        "{}",
        world.month("current").await
    );
}

/// The version's own price is in effect later, so until then it costs what its base name does.
#[tokio::test]
async fn correction_of_a_base_name_reaches_versions_priced_later() {
    let world = with_calls().await;
    let mut later = price("m-2026-01-31", "9");
    later["effective_from"] = "2099-01-01T00:00:00Z".into();
    assert_eq!(world.post("/api/prices", later).await.status, StatusCode::CREATED);
    let revision = world.correct(&price("m", "3")).await;
    assert_eq!((&revision["changed_calls"], &revision["difference_usd"]), (&json!(2), &json!("1.5")));
    let month = world.month("current").await;
    assert!(month.contains("m-2026-01-31: 1.5 of 1, 0 unpriced"), "{month}");
}

#[tokio::test]
async fn call_at_a_stated_cost_is_left_alone_and_counted_apart() {
    let world = with_calls().await;
    world
        .harness
        .db
        .execute(
            "insert into usage_logs (id, created_at, started_at, user_label, model, endpoint, status, stream, attempts,
                input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens, latency_us, price_id, upstream, cost_pico_usd,
                upstream_cost_pico_usd, table_cost_pico_usd, cost_source)
            select gen_random_uuid(), '2026-10-06T10:00:00Z', '2026-10-06T10:00:00Z', 'c', 'm', 'responses', 'settled',
                false, 1, 10, 10, 0, 0, 0, 0, 0, 0, 0, (select max(id) from model_prices where model = 'm'), 'router',
                call.cost, call.stated, 20000000, call.source
            from (values (50::bigint, 50::bigint, 'upstream'), (20000000, 50, null), (20000000, null, 'fallback'))
                as call (cost, stated, source)",
        )
        .await;
    let preview = world.preview(&price("m", "3")).await;
    assert_eq!((&preview["total"]["calls"], &preview["total"]["stated_calls"]), (&json!(4), &json!(1)));
    let applied = world.apply(&price("m", "3"), &preview).await;
    assert_eq!(applied.json()["changed_calls"], json!(4), "{}", applied.text());
    let changed = world
        .harness
        .db
        .rows("select count(*) as calls from price_entries e join usage_logs l on l.id = e.call_id where l.cost_source = 'upstream'")
        .await;
    assert_eq!(changed, [json!({"calls": 0})]);
    // Nor does its reverse.
    assert_eq!(world.undo(&applied.json()).await.status, StatusCode::OK);
    let current = world.month("current").await;
    assert_eq!(current, world.month("billed").await);
}
