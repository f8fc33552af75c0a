//! `maintain`: its events and what they do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod delivery;
mod events;
mod limits;
mod objects;
mod provider_usage;
mod receiver;

use ledger::partitions;
use ledger::rollups::{self, Pace};
use maintain::{Config, Event, Maintain};
use platform::environment::Environment;
use serde_json::json;
use testkit::TestDb;

fn maintain(db: &TestDb) -> Maintain {
    with(db, &[])
}

fn with(db: &TestDb, changes: &[(&str, &str)]) -> Maintain {
    let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment: Environment = changes.chain([("DATABASE_URL".to_owned(), db.url())]).collect();
    Maintain::new(Config::from_env(&environment).unwrap()).unwrap()
}

#[tokio::test]
async fn deployment_migrates_and_the_next_tick_has_nothing_to_do() {
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
async fn overdue_calls_are_swept_exactly_once_and_open_ones_stay() {
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

/// One call at each of these times.
async fn calls_at(db: &TestDb, times: &[&str]) {
    for at in times {
        db.execute(&call_at(at)).await;
    }
}

fn call_at(at: &str) -> String {
    format!(
            "insert into usage_logs (id, created_at, started_at, user_label, model, endpoint, status, stream, attempts,
                input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens)
            select gen_random_uuid(), {at}, {at}, 'a', 'm', 'e', 'settled', false, 1, 1, 1, 0, 0, 0, 1, 0, 0"
        )
}

#[tokio::test]
async fn rollups_are_rebuilt_on_demand_and_differences_are_reported() {
    let db = TestDb::create().await;
    let maintain = maintain(&db);
    calls_at(&db, &["date_trunc('month', now()) - interval '1 hour'", "now() - interval '1 minute'"]).await;
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().sealed_chunks, 1);
    db.execute("update usage_rollups set input_tokens = 7 where level = 2").await;
    // Two days, each of four cubes.
    assert_eq!(maintain.handle(Event::Check).await.unwrap().rollup_differences, 8);
    let rebuilt = maintain.handle(Event::Rebuild { from: None, to: None }).await.unwrap();
    assert!(rebuilt.rebuilt_days >= 2 && rebuilt.rebuild_next.is_none());
    assert_eq!(rebuilt.rollup_differences, 0);
}

#[tokio::test]
async fn old_months_are_emptied_during_writes_and_their_sums_are_kept() {
    let db = TestDb::create().await;
    db.execute(
        "create table usage_logs_2025_05 partition of usage_logs
            for values from ('2025-05-01T00:00:00Z') to ('2025-06-01T00:00:00Z')",
    )
    .await;
    // The first has a monthly partition, the second does not.
    calls_at(&db, &["'2025-05-07T00:00:00Z'", "'2025-06-07T00:00:00Z'", "now() - interval '1 minute'"]).await;
    let maintain = with(&db, &[("RETENTION_MONTHS", "2")]);
    // A settlement in flight holds its locks until it commits. It sets its own time so as not to block the sealer.
    let mut writer = db.client().await;
    let settlement = writer.transaction().await.unwrap();
    settlement.batch_execute(&call_at("now()")).await.unwrap();
    // Each run compares an hour with calls; the one after the last announces what will be dropped, a later one drops
    // it.
    for _ in 0..4 {
        assert!(maintain.handle(Event::Tick).await.unwrap().emptied_partitions.is_empty());
    }
    assert_eq!(db.rows("select id from usage_logs").await.len(), 3);
    db.execute("update usage_rollup_state set drop_announced_at = now() - interval '1 minute'").await;
    let report = maintain.handle(Event::Tick).await.unwrap();
    assert_eq!(report.emptied_partitions, ["usage_logs_2025_05"]);
    settlement.rollback().await.unwrap();
    assert_eq!(db.rows("select id from usage_logs").await.len(), 1);
    let sums = "select sum(calls)::int as calls from usage_rollups where level = 2 and cube = 3";
    assert_eq!(db.rows(sums).await[0]["calls"], 3);
    // The remaining sums are neither rebuilt nor reported as differences.
    let rebuilt = maintain.handle(Event::Rebuild { from: None, to: None }).await.unwrap();
    assert_eq!(rebuilt.rollup_differences, 0);
    assert_eq!(db.rows(sums).await[0]["calls"], 3);
    assert!(maintain.handle(Event::Tick).await.unwrap().emptied_partitions.is_empty());
}

#[tokio::test]
async fn unsealed_months_are_not_dropped() {
    let db = TestDb::create().await;
    calls_at(&db, &["'2025-05-07T00:00:00Z'"]).await;
    let dropped = partitions::drop_older(&db.open(), 1).await.unwrap();
    assert_eq!(dropped, partitions::Dropped::default());
    assert_eq!(db.rows("select id from usage_logs").await.len(), 1);
}

/// Only the rows can mend sums, so they stay while these are unchecked or known to differ.
#[tokio::test]
async fn months_whose_sums_are_unchecked_or_differ_are_not_dropped() {
    let db = TestDb::create().await;
    calls_at(&db, &["'2025-05-07T00:00:00Z'", "'2025-06-07T00:00:00Z'"]).await;
    let database = db.open();
    rollups::seal(&database, Pace::default()).await.unwrap();
    let drop_older = async || {
        db.execute("update usage_rollup_state set drop_announced_at = now() - interval '1 minute'").await;
        let dropped = partitions::drop_older(&database, 1).await.unwrap();
        (dropped.blocking_differences, db.rows("select from usage_logs").await.len())
    };
    assert_eq!(drop_older().await, (0, 2), "unchecked");
    let may = "bucket_at < '2025-06-01T00:00:00Z'";
    let wrong_counts = [1, 2, 3, 4].map(|level| {
        format!("update usage_rollups set calls = calls + 1 where level = {level} and cube = 0 and {may}")
    });
    let others = [
        format!("delete from usage_rollups where level = 4 and {may}"),
        format!("delete from usage_rollups where level = 1 and cube = 3 and {may}"),
        format!("update usage_rollups set cost_pico_usd = 7 where level = 3 and cube = 1 and {may}"),
        format!(
            "update usage_rollups set output_tokens = output_tokens - 1 where level = 2 and cube = 2 and {may}"
        ),
        format!("update usage_rollups set user_label = 'another' where level = 4 and cube = 0 and {may}"),
        // One of a day without calls.
        format!(
            "update usage_rollups set bucket_at = bucket_at + interval '9 days' where level = 2 and cube = 3 and {may}"
        ),
    ];
    for breakage in wrong_counts.iter().chain(&others) {
        db.execute(breakage).await;
        rollups::check_all(&database).await.unwrap();
        db.execute("update usage_rollup_state set checked_until = sealed_until").await;
        for _ in 0..3 {
            let (blocking, rows) = drop_older().await;
            assert!(blocking > 0, "{breakage}");
            assert_eq!(rows, 2, "{breakage}");
        }
        rollups::rebuild(&database, None, None, None).await.unwrap();
    }
    // A difference of this month keeps no older one.
    db.execute(
        "insert into usage_rollup_differences (level, cube, bucket_at, user_label, model)
        values (4, 0, date_trunc('hour', now()), 'a', 'm')",
    )
    .await;
    assert_eq!(drop_older().await, (0, 2), "announced");
    assert_eq!(drop_older().await, (0, 0), "dropped");
}

#[test]
fn retention_below_one_month_is_refused() {
    let refused = |months: &str| {
        let variables = [("DATABASE_URL", "postgres://a@b/c"), ("RETENTION_MONTHS", months)];
        let environment =
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        Config::from_env(&environment).is_err()
    };
    assert!(refused("0") && refused("-1") && refused("soon") && !refused("") && !refused("12"));
}

#[tokio::test]
async fn long_read_delays_new_partitions_and_nothing_else() {
    let db = TestDb::create().await;
    // Whatever a new month needs, if one has begun since the database was made.
    partitions::create_missing(&db.open()).await.unwrap();
    let last = "select max(inhrelid::regclass::text) as name from pg_inherits
        where inhparent = 'usage_logs'::regclass and inhrelid::regclass::text like 'usage_logs_2%'";
    let last = db.rows(last).await[0]["name"].as_str().unwrap().to_owned();
    db.execute(&format!("drop table {last}")).await;
    db.execute(
        "insert into open_calls (id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, reserved_pico_usd,
            stream, user_label, model, endpoint)
        values (gen_random_uuid(), now(), now() - interval '1 second', 10, 1, 1, false, 'a', 'm', 'e')",
    )
    .await;
    let mut reader = db.client().await;
    let export = reader.transaction().await.unwrap();
    export
        .batch_execute("declare report cursor for select id from usage_logs; fetch 1 from report")
        .await
        .unwrap();
    let maintain = maintain(&db);
    let report = maintain.handle(Event::Tick).await.unwrap();
    assert_eq!((report.partitions_created, report.abandoned_calls, report.sealed_chunks), (0, 1, 1));
    export.rollback().await.unwrap();
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().partitions_created, 1);
}
