//! A new limit begins with what the ledger has of it: the same whether it is read from rows, from sums or from both,
//! and when the rows are gone.

use std::time::Duration;

use ledger::partitions;
use ledger::rollups::{self, Pace};
use serde_json::Value;
use testkit::TestDb;

const KEY: &str = "0198c0de-0000-7000-8000-0000000000a1";
const METRICS: [&str; 4] = ["requests", "tokens", "usd", "concurrency"];
const PERIODS: [(&str, &str); 7] = [
    ("minute", "UTC"),
    ("hour", "Asia/Kolkata"),
    ("day", "UTC"),
    ("day", "Pacific/Auckland"),
    ("month", "UTC"),
    ("month", "America/New_York"),
    ("total", "UTC"),
];

/// Calls of three labels, two models and one key at odd instants of the last months, at the ends of every window and a
/// microsecond before: some abandoned and corrected later, some of unknown cost, failed or estimated.
const CALLS: &str = "
    insert into usage_logs (id, created_at, started_at, user_label, model, key_id, endpoint, status, stream, attempts,
        input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
        reasoning_tokens, audio_output_tokens, cost_pico_usd)
    select gen_random_uuid(), at, at, 'label ' || n % 3, 'model ' || n % 2, case when n % 4 = 0 then '@key'::uuid end,
        'e', (array['settled', 'estimated', 'failed', 'abandoned'])[1 + n % 4], false, 1, n, n, 0, 0, 0, n % 11, 0, 0,
        nullif(n * 1000, 7000)
    from (
        select n, now() - n * n * interval '13 seconds' as at from generate_series(1, 1000) as n
        union all
        select 1000 + row_number() over (), edge.at - offsets.step
        from unnest(array['minute', 'hour', 'day', 'month']) as period (name)
        cross join unnest(array['UTC', 'Asia/Kolkata', 'Pacific/Auckland', 'America/New_York']) as zone (name)
        cross join lateral (select date_trunc(period.name, now(), zone.name) as at) as edge
        cross join unnest(array[interval '0', interval '1 microsecond']) as offsets (step)
    ) as call;
    insert into usage_logs (id, revision, created_at, started_at, user_label, model, key_id, endpoint, status, stream,
        attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
        reasoning_tokens, audio_output_tokens, cost_pico_usd, corrected_status)
    select id, 1, created_at + interval '40 seconds', started_at, user_label, model, key_id, endpoint, 'settled', stream, 0,
        -input_tokens / 2, -input_tokens / 2, 0, 0, 0, 3, 0, 0, -cost_pico_usd / 3, status
    from usage_logs
    where status = 'abandoned' and created_at < now() - interval '41 seconds'";

/// What a new limit of each kind begins with, beside what the rows of the ledger add up to. Nothing is left of them.
async fn begun(db: &TestDb) -> Vec<(String, Value, Value)> {
    let client = db.client().await;
    let mut found = Vec::new();
    for (kind, id) in [("global", ""), ("label", "label 1"), ("label", "nobody"), ("key", KEY)] {
        for (metric, (period, zone)) in
            METRICS.iter().flat_map(|metric| PERIODS.map(|period| (metric, period)))
        {
            if *metric == "concurrency" && period != "total" {
                continue;
            }
            let made = format!(
                "begin isolation level repeatable read;
                insert into limits (id, subject_kind, subject_id, metric, period, amount, mode, time_zone)
                values ('0198c0de-0000-7000-8000-0000000000b1', '{kind}', '{id}', '{metric}', '{period}', 5, 'hard',
                    '{zone}');
                select limit_windows_open_with_history('0198c0de-0000-7000-8000-0000000000b1')"
            );
            client.batch_execute(&made).await.unwrap();
            let row = client
                .query_one(
                    "select w.settled, w.excess, w.cap, coalesce((
                        select case l.metric
                            when 'requests' then count(*) filter (where revision = 0)
                            when 'tokens' then sum(input_tokens + output_tokens)
                            when 'usd' then sum(cost_pico_usd)
                            else 0
                        end
                        from usage_logs u
                        where u.created_at >= w.starts_at
                            and (l.metric = 'requests' and l.subject_kind = 'global' or u.key_id is not null)
                            and case l.subject_kind when 'label' then u.user_label = l.subject_id
                                when 'key' then u.key_id::text = l.subject_id else true end
                    ), 0)::bigint as raw
                    from limit_windows w join limits l on l.id = w.limit_id",
                    &[],
                )
                .await
                .unwrap();
            let (settled, excess, cap, raw): (i64, i64, i64, i64) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            assert_eq!(excess, (settled - cap).max(0));
            client.batch_execute("rollback").await.unwrap();
            found.push((format!("{kind} {id} {metric} {period} {zone}"), settled.into(), raw.into()));
        }
    }
    found
}

async fn seal_until(db: &TestDb, ago: Duration) {
    let pace = Pace { margin: ago, chunk_rows: 100, time: Duration::from_mins(1) };
    assert!(rollups::seal(&db.open(), pace).await.unwrap().is_complete);
}

#[tokio::test]
async fn new_limit_starts_with_the_same_usage_whatever_is_sealed_or_dropped() {
    let db = TestDb::create().await;
    db.execute(&CALLS.replace("@key", KEY)).await;
    let assert_equal = async |when: &str| {
        for (limit, settled, raw) in begun(&db).await {
            assert_eq!(settled, raw, "{limit}, {when}");
        }
    };
    assert_equal("from rows alone").await;
    for days in [90, 40, 1] {
        seal_until(&db, Duration::from_hours(24 * days)).await;
        assert_equal(&format!("sealed until {days} days ago")).await;
    }
    for seconds in [3600, 30, 0] {
        seal_until(&db, Duration::from_secs(seconds)).await;
        assert_equal(&format!("sealed until {seconds} s ago")).await;
    }
    let total = async || {
        let begun = begun(&db).await;
        begun.into_iter().filter(|(limit, ..)| limit.contains("total")).map(|(_, settled, _)| settled)
    };
    let before: Vec<Value> = total().await.collect();
    assert!(before.iter().filter(|settled| settled.as_i64() > Some(0)).count() >= 9, "{before:?}");
    let rows = "select count(*) from usage_logs";
    let kept = db.rows(rows).await;
    assert_eq!(rollups::check_all(&db.open()).await.unwrap(), rollups::Checked::default());
    db.execute("update usage_rollup_state set checked_until = sealed_until").await;
    assert!(partitions::drop_older(&db.open(), 1).await.unwrap().emptied.is_empty(), "announced");
    db.execute("update usage_rollup_state set drop_announced_at = now() - interval '1 minute'").await;
    partitions::drop_older(&db.open(), 1).await.unwrap();
    assert!(db.rows(rows).await[0]["count"].as_i64() < kept[0]["count"].as_i64());
    let after: Vec<Value> = total().await.collect();
    assert_eq!(after, before, "what is dropped still counts");
    for (limit, settled, raw) in begun(&db).await {
        assert!(limit.contains("total") || settled == raw, "{limit}, dropped");
    }
}
