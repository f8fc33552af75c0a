//! Comparing rollups with the ledger, and rebuilding them from it.

use std::time::Duration;

use ledger::rollups;
use serde_json::json;
use testkit::TestDb;

use super::{AT_ONCE, differences, first_of_november, rows, total};

#[tokio::test]
async fn wrong_sums_are_found_and_a_rebuild_repairs_them() {
    let db = TestDb::create().await;
    let at = "'2026-10-20T10:00:00Z'::timestamptz + n * interval '6 hours'";
    db.execute(&rows(at, 100)).await;
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    assert_eq!(differences(&db).await, 0);
    let breakages = [
        "update usage_rollups set calls = calls + 1 where level = 4 and cube = 0
            and bucket_at = '2026-11-02T10:00:00Z'",
        "update usage_rollups set latency_histogram = latency_histogram + 1 where level = 2 and cube = 2
            and model = 'model 1' and bucket_at = '2026-11-02T00:00:00Z'",
        "delete from usage_rollups where level = 1 and cube = 3 and bucket_at = '2026-11-01T00:00:00Z'",
        "update usage_rollups set cost_pico_usd = null where level = 0 and cube = 3",
        // A row that came into what was sealed, as after a clock that was set back.
        &rows("'2026-11-20T00:00:00Z'::timestamptz", 1),
    ];
    for breakage in breakages {
        db.execute(breakage).await;
        assert_ne!(differences(&db).await, 0, "{breakage}");
        assert!(rollups::health(&db.open()).await.unwrap().differences > 0);
        rollups::rebuild(&db.open(), Some("2026-11-01T00:00:00Z".parse().unwrap()), None, None)
            .await
            .unwrap();
        assert_eq!(rollups::health(&db.open()).await.unwrap().differences, 0);
        assert_eq!(differences(&db).await, 0, "{breakage}");
    }
    let mut seen = Vec::new();
    let rebuilt =
        rollups::rebuild_watched(&db.open(), None, None, None, &mut |done| seen.push(done)).await.unwrap();
    assert!(rebuilt.days > 31 && rebuilt.next.is_none(), "{rebuilt:?}");
    assert_eq!(complete(&seen), 101, "the progress of the rebuild");
    seen.clear();
    rollups::check_all_watched(&db.open(), &mut |done| seen.push(done)).await.unwrap();
    assert_eq!(complete(&seen), 101, "the progress of the check");
    assert_eq!(differences(&db).await, 0);
    assert_eq!(total(&db).await, json!({"calls": 101, "tokens": 5051}));
}

/// The calls of a command that was watched day by day to its end.
fn complete(seen: &[rollups::Done]) -> u64 {
    let days = seen.iter().map(|done| done.days).collect::<Vec<_>>();
    let last = seen.last().unwrap();
    assert_eq!(days, (1..=last.total_days).collect::<Vec<_>>());
    last.calls
}

#[tokio::test]
async fn recent_quarters_are_compared_once_they_are_whole() {
    let db = TestDb::create().await;
    let state =
        "update usage_rollup_state set sealed_until = '2026-11-02T10:20:00Z', sealing_until = 'infinity'";
    db.execute(&rows("'2026-11-02T10:00:00Z'::timestamptz", 1)).await;
    db.execute(state).await;
    assert_eq!(rollups::check_recent(&db.open()).await.unwrap().differences, 1);
    assert_eq!(rollups::check_recent(&db.open()).await.unwrap().differences, 0, "compared already");
}

#[tokio::test]
async fn comparison_after_a_pause_of_hours_skips_no_range() {
    let db = TestDb::create().await;
    db.execute(&rows("'2026-11-02T10:07:00Z'::timestamptz + n * interval '90 minutes'", 6)).await;
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    db.execute(
        "update usage_rollup_state set checked_until = '2026-11-02T10:00:00Z';
        update usage_rollups set calls = calls + 1 where level = 4 and cube = 0",
    )
    .await;
    let mut found = 0;
    for _ in 0..10 {
        found += rollups::check_recent(&db.open()).await.unwrap().differences;
    }
    // Each quarter, and what is made of it in each of the hours that are whole.
    let ledger = db.rows("select * from usage_rollup_differences where level = 4 and cube = 0").await;
    assert_eq!(ledger.len(), 6);
    assert!(found > 6, "{found}");
    let checked =
        "select checked_until >= sealed_until - interval '15 minutes' as is_done from usage_rollup_state";
    assert_eq!(db.rows(checked).await[0]["is_done"], true);
}

#[tokio::test]
async fn larger_buckets_are_compared_once_they_are_whole() {
    let db = TestDb::create().await;
    let sealed = async |until: &str| {
        db.execute(&format!(
            "update usage_rollup_state set sealed_until = '{until}', sealing_until = 'infinity'"
        ))
        .await;
        let mut differences = 0;
        // One hour at a time, and one more where nothing is.
        for _ in 0..3 {
            differences += rollups::check_recent(&db.open()).await.unwrap().differences;
        }
        differences
    };
    db.execute(&rows("'2026-11-02T22:01:00Z'::timestamptz", 1)).await;
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    for (level, until, wrong) in [
        ("level = 4 and cube = 2", "2026-11-02T23:00:00Z", 1),
        ("level = 3 and cube = 3", "2026-11-02T23:00:00Z", 1),
        ("level = 2 and cube = 1", "2026-11-03T00:00:00Z", 1),
        ("level = 1 and cube = 2", "2026-11-03T00:00:00Z", 1),
        ("level = 0 and cube = 0", "2026-11-03T00:00:00Z", 1),
    ] {
        db.execute("update usage_rollup_state set checked_until = '-infinity'").await;
        assert_eq!(sealed("2026-11-02T22:45:00Z").await, 0, "{level}");
        db.execute(&format!("update usage_rollups set input_tokens = input_tokens + 1 where {level}")).await;
        assert_eq!(sealed(until).await, wrong, "{level}");
        db.execute(&format!("update usage_rollups set input_tokens = input_tokens - 1 where {level}")).await;
        db.execute("delete from usage_rollup_differences").await;
    }
}

#[tokio::test]
async fn price_sums_are_compared_with_their_entries_and_rebuilt() {
    let db = TestDb::create().await;
    db.execute(
        "insert into price_revisions (applied_at, effective_from, cursor_at, above_input_tokens, price_id, actor_key_id,
            cursor_id, cursor_revision, model, service_tier, preview)
        select now(), now(), now(), 0, 1, gen_random_uuid(), gen_random_uuid(), 0, 'm', 'default', 'p';
        insert into price_entries (created_at, revision_id, change_pico_usd, call_id, call_revision, unpriced_change,
            user_label, model, endpoint, status)
        select '2026-11-02T10:00:00Z', (select id from price_revisions), 7, gen_random_uuid(), 0, -1, 'a', 'm', 'e',
            'settled' from generate_series(1, 2)",
    )
    .await;
    let check = async || rollups::check_all(&db.open()).await.unwrap().price_sum_differences;
    assert_eq!(check().await, 5, "a sum is missing at each level");
    assert_eq!(rollups::health(&db.open()).await.unwrap().price_sum_differences, 5);
    rollups::rebuild(&db.open(), None, None, None).await.unwrap();
    assert_eq!(rollups::health(&db.open()).await.unwrap().price_sum_differences, 0);
    assert_eq!(check().await, 0);
    db.execute("update price_sums set unpriced_change = 0 where level = 3").await;
    assert_eq!(check().await, 1);
}

#[tokio::test]
async fn rebuild_resumes_where_time_ran_out_while_readers_see_exact_sums() {
    let db = TestDb::create().await;
    db.execute(&rows("'2026-10-30T10:00:00Z'::timestamptz + n * interval '6 hours'", 20)).await;
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    let before = total(&db).await;
    let day = |number: i64| first_of_november() + chrono::TimeDelta::days(number);
    for number in -2..4 {
        let rebuilt =
            rollups::rebuild(&db.open(), Some(day(number)), Some(day(number + 1)), None).await.unwrap();
        assert_eq!((rebuilt.days, rebuilt.next), (1, None));
        assert_eq!(total(&db).await, before);
        assert_eq!(differences(&db).await, 0);
    }
    let none = rollups::rebuild(&db.open(), None, None, Some(Duration::ZERO)).await.unwrap();
    assert_eq!((none.days, none.next), (0, Some("2026-10-01T00:00:00Z".parse().unwrap())));
}

#[tokio::test]
async fn lost_sums_are_whole_again_after_each_day() {
    let db = TestDb::create().await;
    db.execute(&rows("'2026-11-02T10:00:00Z'::timestamptz + n * interval '6 hours'", 20)).await;
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    let before = total(&db).await;
    // Whatever makes the month again fails, so that all that is there was added day by day.
    db.execute(
        "truncate usage_rollups;
        create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
        create trigger refuse before delete on usage_rollups_month for each row execute function refuse()",
    )
    .await;
    rollups::rebuild(&db.open(), None, None, None).await.unwrap_err();
    assert_eq!(total(&db).await, before);
    assert_eq!(differences(&db).await, 0);
}
