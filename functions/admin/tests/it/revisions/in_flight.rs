//! Corrections beside calls in flight, changes of the price book, and writers that die.

use http::StatusCode;
use ledger::prices::entries;
use serde_json::json;
use testkit::post;

use super::{price, with_calls};
use crate::{World, call, refusal};

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
