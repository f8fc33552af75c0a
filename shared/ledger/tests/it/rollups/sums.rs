//! Sealed and rebuilt sums against plain sums over the ledger, which share nothing with the statements that make them.

use std::time::Duration;

use ledger::rollups::{self, Pace};
use serde_json::json;
use testkit::TestDb;

use super::AT_ONCE;

/// Calls around the end of a month and of a year, at the ends of buckets and a microsecond before, of groups that
/// differ in one part alone; some with corrections, which take away more than they add.
pub(super) const CALLS: &str = "
    insert into usage_logs (id, revision, created_at, started_at, user_label, model, provider, key_id, endpoint, status,
        corrected_status, stream, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
        audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens,
        retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, unpriced_change, latency_us, first_byte_us,
        overhead_us)
    select
        gen_random_uuid(), least(n % 5, 1), at, at, 'label ' || n % 3, 'model ' || n % 2,
        (array['openai', 'anthropic'])[1 + n / 2 % 2],
        ('{0198c0de-0000-7000-8000-0000000000a1,null}'::uuid[])[1 + n / 3 % 2],
        'e', (array['settled', 'estimated', 'failed', 'abandoned'])[1 + n / 5 % 4],
        case when n % 5 > 0 then (array['settled', 'estimated', 'failed', 'abandoned'])[1 + n / 7 % 4] end,
        false, sign, sign * n, sign * n, 0, 0, 0, sign * n % 11, 0, 0, 0, 0,
        case when n % 13 > 0 then sign * 9000000000000000000 end, sign * n, least(n % 5, 1),
        case when n % 17 > 0 then n * n end, case when n % 3 > 0 then n end, n * 2000
    from (
        select
            (2000 - n)::integer as n,
            case when n % 5 = 3 then -1 else 1 end as sign,
            case
                when n % 10 = 0
                    then date_bin('15 minutes', raw.at, 'epoch') - (n / 10 % 2) * interval '1 microsecond'
                else raw.at
            end as at
        from generate_series(1, 600) as n
        cross join lateral (select '2025-12-30T20:00:00Z'::timestamptz + n * n * interval '1 second') as raw (at)
    ) as call";
/// No `nulls not distinct` in `except`, which compares that way anyway.
const WRONG: &str = "
    with expected as (
        select
            bucket.level, cube.number as cube, bucket.bucket_at,
            case when cube.number in (0, 1) then user_label end as user_label,
            case when cube.number in (0, 2) then model end as model,
            case when cube.number in (0, 2) then nullif(provider, 'openai') end as provider,
            case when cube.number = 0 then key_id end as key_id,
            max(created_at) as last_call_at, {sums}
        from usage_changes
        cross join lateral usage_buckets(created_at) as bucket
        cross join generate_series(0, 3) as cube (number)
        group by 1, 2, 3, 4, 5, 6, 7
    ),
    actual as (
        select level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {columns}
        from usage_rollups
    )
    (
        select 'missing' as what, level, cube, bucket_at
        from (select * from expected except all select * from actual) as a
    )
    union all
    (select 'wrong', level, cube, bucket_at from (select * from actual except all select * from expected) as b)";

/// How many sums of the rollups are not those of the ledger.
async fn wrong_sums(db: &TestDb) -> usize {
    let columns = rollups::measure_columns();
    let sums = columns.iter().map(|x| match x {
        x if x.ends_with("_min_us") => format!("min({x}) as {x}"),
        x if x.ends_with("_max_us") => format!("max({x}) as {x}"),
        x => format!("sum({x}) as {x}"),
    });
    let sums = sums.collect::<Vec<_>>().join(", ");
    db.rows(&WRONG.replace("{sums}", &sums).replace("{columns}", &columns.join(", "))).await.len()
}

#[tokio::test]
async fn sums_are_those_of_the_ledger_however_they_were_made() {
    let db = TestDb::create().await;
    db.execute(CALLS).await;
    assert!(wrong_sums(&db).await > 1000, "nothing is sealed");
    rollups::seal(&db.open(), Pace { chunk_rows: 37, ..AT_ONCE }).await.unwrap();
    assert_eq!(wrong_sums(&db).await, 0, "sealed in small steps");
    let breakages = [
        "truncate usage_rollups",
        "delete from usage_rollups where level < 4",
        "delete from usage_rollups where level = 4 and cube = 0",
        "delete from usage_rollups where level = 2",
        "delete from usage_rollups where cube > 0 and level > 1",
        "update usage_rollups set overhead_min_us = overhead_min_us + 1, calls = calls - 1 where cube < 2",
        "update usage_rollups set provider = 'other' where cube = 0 and level > 1 and provider is null",
        "update usage_rollups set latency_histogram = null, last_call_at = '-infinity' where level = 2",
    ];
    for (breakage, connections) in breakages.into_iter().zip([2, 1].into_iter().cycle()) {
        let database = db.open_with(connections);
        db.execute(breakage).await;
        assert!(wrong_sums(&db).await > 0, "{breakage}");
        assert!(rollups::check_all(&database).await.unwrap().differences > 0, "{breakage}");
        rollups::rebuild(&database, None, None, None).await.unwrap();
        assert_eq!(wrong_sums(&db).await, 0, "{breakage}");
        assert_eq!(rollups::check_all(&database).await.unwrap().differences, 0, "{breakage}");
    }
}

/// Only what is wrong is written: rows that are right keep the transaction that wrote them.
#[tokio::test]
async fn rebuild_writes_nothing_that_is_right_within_days() {
    let db = TestDb::create().await;
    db.execute(CALLS).await;
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    let versions = async || db.rows("select xmin::text, ctid::text from usage_rollups where level > 1").await;
    let before = versions().await;
    rollups::rebuild(&db.open(), None, None, None).await.unwrap();
    assert_eq!(versions().await, before);
    db.execute(
        "update usage_rollups set calls = calls + 1
        where level = 3 and cube = 3 and bucket_at = (select max(bucket_at) from usage_rollups where level = 3)",
    )
    .await;
    rollups::rebuild(&db.open(), None, None, None).await.unwrap();
    assert_eq!(versions().await.iter().filter(|row| !before.contains(row)).count(), 1);
}

/// Where a bucket is wrong, only that one is reported, not the larger ones that it is part of.
#[tokio::test]
async fn check_reports_a_wrong_bucket_at_its_own_level_only() {
    let db = TestDb::create().await;
    db.execute(CALLS).await;
    rollups::seal(&db.open(), Pace { margin: Duration::ZERO, ..AT_ONCE }).await.unwrap();
    for level in 0..=4 {
        for cube in 0..=3 {
            let wrong = format!(
                "with one as (
                    select tableoid, ctid
                    from usage_rollups
                    where level = {level} and cube = {cube}
                    order by bucket_at desc
                    limit 1
                )
                update usage_rollups r set attempts = attempts {{}} 1
                from one
                where (r.tableoid, r.ctid) = (one.tableoid, one.ctid)"
            );
            let key = "select level, cube, count(*)::int from usage_rollup_differences group by level, cube";
            db.execute(&wrong.replace("{}", "+")).await;
            assert_eq!(rollups::check_all(&db.open()).await.unwrap().differences, 1, "{level} {cube}");
            assert_eq!(db.rows(key).await, [json!({"level": level, "cube": cube, "count": 1})]);
            rollups::rebuild(&db.open(), None, None, None).await.unwrap();
            assert_eq!(wrong_sums(&db).await, 0, "{level} {cube}");
        }
    }
}
