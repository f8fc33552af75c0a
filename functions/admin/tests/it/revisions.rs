//! Corrections of prices: shown before, applied once, visible at once, undone by their reverse; the ledger never changes.

use domain::keys::Scope;
use futures_util::future::join_all;
use http::StatusCode;
use ledger::prices::entries;
use serde_json::{Value, json};
use testkit::{Reply, post};

use crate::{World, call, refusal};

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

#[tokio::test(flavor = "multi_thread")]
async fn entries_wait_for_a_change_of_the_book_that_is_under_way() {
    let world = with_calls().await;
    world.correct(&price("m", "3")).await;
    let (mut changer, watcher) = (world.harness.db.client().await, world.harness.db.client().await);
    let change = changer.transaction().await.unwrap();
    change.batch_execute("update price_book set version = version + 1").await.unwrap();
    let database = world.harness.db.open();
    let advancing = entries::continue_all(&database);
    let watching = async {
        let waiting = "select exists (select from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%price_book%')";
        world
            .harness
            .eventually("waits", async || watcher.query_one(waiting, &[]).await.unwrap().get(0))
            .await;
        change.commit().await.unwrap();
    };
    let (advanced, ()) = tokio::join!(advancing, watching);
    assert_eq!(advanced.unwrap(), 1);
}

#[tokio::test]
async fn correction_applies_exactly_its_preview_and_only_once() {
    let world = with_calls().await;
    let preview = world.preview(&price("m", "3")).await;
    assert_eq!(refusal(&world.apply(&price("m", "4"), &preview).await), "412 precondition_failed");
    // Several at once, so that some begin while another is at any of its steps.
    let three = price("m", "3");
    let all = join_all((0..12).map(|_| world.apply(&three, &preview))).await;
    let one = world.apply(&three, &preview).await;
    for other in &all {
        assert_eq!(other.status, StatusCode::OK, "{}", other.text());
        assert_eq!(other.json()["id"], one.json()["id"]);
    }
    assert_eq!(world.harness.db.rows("select from price_entries").await.len(), 2);
    // From prices that are others by now.
    let stale = world.preview(&price("m", "5")).await;
    let second = world.correct(&price("m", "6")).await;
    assert_eq!(refusal(&world.apply(&price("m", "5"), &stale).await), "412 precondition_failed");
    assert_eq!(refusal(&world.undo(&one.json()).await), "409 revision_built_upon");
    assert_eq!(world.undo(&second).await.status, StatusCode::OK);
    assert_eq!(world.undo(&one.json()).await.status, StatusCode::OK);
    assert_eq!(refusal(&world.undo(&one.json()).await), "409 revision_undone");
    assert_eq!(world.month("current").await, world.month("billed").await);
}

#[tokio::test]
async fn nonsense_and_strangers_are_refused() {
    let world = with_calls().await;
    let mut refused = Vec::new();
    let huge = json!({"model": "m", "effective_from": FROM, "input": "1000001", "output": "1"});
    let unknown = json!({"model": "m", "effective_from": "soon", "input": "1", "output": "1", "colour": 1});
    for (path, body) in
        [("preview", huge), ("preview", unknown), ("preview", price("m", "2")), ("apply", price("m", "3"))]
    {
        refused.push(refusal(&world.post(&format!("/api/prices/{path}"), body).await));
    }
    let mut forged = price("m", "3");
    for text in ["x", "999999999999999999999-0", "1-", "-"] {
        forged["preview"] = text.into();
        refused.push(refusal(&world.post("/api/prices/apply", forged.clone()).await));
    }
    for id in ["99", "x", "-1", "99999999999999999999"] {
        refused.push(refusal(&world.post(&format!("/api/prices/revisions/{id}/undo"), json!({})).await));
    }
    refused.push(refusal(&world.get("/api/prices/revisions?limit=0&x=1").await));
    let bound = world.harness.key().scopes(&[Scope::Admin]).label("a").create().await;
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    forged["preview"] = world.preview(&price("m", "3")).await["preview"].clone();
    for (key, path, body) in [
        (&bound, "preview", &price("m", "3")),
        (&bound, "apply", &forged),
        (&bound, "revisions/1/undo", &json!({})),
        (&reader, "preview", &price("m", "3")),
        (&reader, "apply", &forged),
    ] {
        refused.push(refusal(&post(&world.router, &format!("/api/prices/{path}"), key, body.clone()).await));
    }
    insta::assert_snapshot!(refused.join("\n"), @"
    422 invalid_request | input: must be at most 1000000 USD per 1M tokens
    422 invalid_request | effective_from: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B) | colour: is not a field of this request
    409 already_exists
    422 invalid_request | preview: is required
    412 precondition_failed
    412 precondition_failed
    412 precondition_failed
    412 precondition_failed
    404 not_found
    404 not_found
    404 not_found
    404 not_found
    422 invalid_request | limit: must be a whole number from 1 to 200 | x: is not a parameter of this endpoint
    403 label_not_allowed
    403 label_not_allowed
    403 label_not_allowed
    403 scope_missing
    403 scope_missing
    ");
    assert_eq!(world.harness.db.rows("select from price_revisions").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn call_in_flight_while_a_price_is_corrected_follows() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    assert_eq!(call(&chat, &secret).await, 200);
    let body = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"mock_latency_ms": "2000"}
    });
    let corrected = json!({"model": "gpt-4o-mini", "effective_from": "2026-11-02T00:00:00Z", "input": "50", "output": "80"});
    let answered = async { post(&chat, "/v1/chat/completions", &secret, body).await.status };
    let applied = async {
        world.harness.eventually("admitted", async || world.harness.open_calls().await == 1).await;
        world.correct(&corrected).await
    };
    let (status, revision) = tokio::join!(answered, applied);
    assert_eq!((status, &revision["changed_calls"]), (StatusCode::OK, &json!(1)));
    // With the new price, and so without an entry.
    assert_eq!(call(&chat, &secret).await, 200);
    assert_eq!(entries::continue_all(&world.harness.db.open()).await.unwrap(), 1);
    let expected =
        "select sum(input_tokens * 50000000 + output_tokens * 80000000)::text as cost from usage_logs";
    let found = "select (select sum(cost_pico_usd) from usage_logs) + (select sum(change_pico_usd) from price_sums where level = 0) as cost";
    let found = format!("select cost::text from ({found}) as sums");
    assert_eq!(world.harness.db.rows(&found).await, world.harness.db.rows(expected).await);
    // And as if it had never been, also for the call that was billed with it.
    assert_eq!(world.undo(&revision).await.status, StatusCode::OK);
    let first = "select cost_pico_usd::text as cost from usage_logs order by created_at limit 1";
    let each = world.harness.db.rows(first).await[0]["cost"].as_str().unwrap().parse::<i64>().unwrap();
    let total = world.harness.db.rows(&found).await[0]["cost"].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(total, 3 * each);
}

#[tokio::test]
async fn correction_that_was_cut_off_changes_nothing_and_is_completed() {
    let world = with_calls().await;
    let revision = world.correct(&price("m", "3")).await;
    // As it was when its writer died behind the first of two pieces.
    world
        .harness
        .db
        .execute(
            "update price_revisions set applied_at = null, changed_calls = 0, change_pico_usd = 0,
                cursor_at = '2026-10-03T00:00:00Z', cursor_id = gen_random_uuid(), cursor_revision = 0;
            delete from price_entries where created_at > '2026-10-03T00:00:00Z';
            delete from price_sums",
        )
        .await;
    assert_eq!(world.month("current").await, world.month("billed").await, "nothing is visible");
    assert_eq!(refusal(&world.undo(&revision).await), "409 revision_in_progress");
    let other = price("new", "1");
    let preview = world.preview(&other).await;
    assert_eq!(refusal(&world.apply(&other, &preview).await), "409 revision_in_progress");
    entries::continue_all(&world.harness.db.open()).await.unwrap();
    let list = world.get("/api/prices/revisions").await.json();
    let completed = &list["data"][0];
    assert_eq!((&completed["status"], &completed["difference_usd"]), (&json!("applied"), &json!("1.5")));
    assert_eq!(
        world.month("current").await.split(" | ").next().unwrap(),
        "m: 3.000000000009 of 3, 1 unpriced"
    );
}
