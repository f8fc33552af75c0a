//! `maintain`: its events and what they do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use maintain::{Config, Event, Maintain};
use serde_json::json;
use shared::config::Environment;
use testkit::TestDb;

fn maintain(db: &TestDb) -> Maintain {
    let environment: Environment = [("DATABASE_URL".to_owned(), db.url())].into_iter().collect();
    Maintain::new(Config::from_env(&environment).unwrap()).unwrap()
}

#[test]
fn events_of_any_shape_mean_something() {
    assert_eq!(Event::parse(br#"{"action": "tick"}"#), Event::Tick);
    for everything in
        ["", "null", "{}", "[]", r#"{"action": 1}"#, r#"{"RequestType": "Create", "ResourceProperties": {}}"#]
    {
        assert_eq!(Event::parse(everything.as_bytes()), Event::All, "{everything}");
    }
}

#[tokio::test]
async fn deployment_migrates_and_a_minute_later_there_is_nothing_to_do() {
    let db = TestDb::empty().await;
    let maintain = maintain(&db);
    let first = maintain.handle(Event::All).await.unwrap();
    assert!(!first.applied.is_empty());
    let second = maintain.handle(Event::Tick).await.unwrap();
    assert_eq!((second.applied.len(), second.partitions_created, second.abandoned_calls), (0, 0, 0));
}

#[tokio::test]
async fn older_release_leaves_a_newer_schema_alone() {
    let db = TestDb::create().await;
    db.execute("insert into schema_migrations (name, checksum) values ('29991231000000_later', '\\x00')")
        .await;
    let report = maintain(&db).handle(Event::All).await.unwrap();
    assert!(report.applied.is_empty());
}

#[tokio::test]
async fn every_overdue_call_is_swept_once_and_open_ones_stay() {
    let db = TestDb::create().await;
    db.execute(
        "insert into open_calls (id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens,
            reserved_pico_usd, stream, user_label, model, endpoint)
        select gen_random_uuid(), now(), now() + make_interval(secs => case when n <= 2500 then -1 else 60 end), 10, n,
            nullif(n, 1), false, 'a', 'm', 'e'
        from generate_series(1, 2510) as n",
    )
    .await;
    let (one, two) = (maintain(&db), maintain(&db));
    let (one, two) = tokio::join!(one.handle(Event::Tick), two.handle(Event::Tick));
    assert_eq!(one.unwrap().abandoned_calls + two.unwrap().abandoned_calls, 2500);
    let ledger = "select count(*) as rows, count(distinct id) as ids, sum(cost_pico_usd) as cost,
        count(*) filter (where cost_pico_usd is null) as unpriced from usage_logs where status = 'abandoned'";
    let expected = json!({"rows": 2500, "ids": 2500, "cost": 2500 * 2501 / 2 - 1, "unpriced": 1});
    assert_eq!(db.rows(ledger).await[0], expected);
    assert_eq!(db.rows("select id from open_calls").await.len(), 10);
}
