//! Windows: where days, weeks and months begin in each time zone, and what a new one begins with.

use serde_json::{Value, json};
use testkit::TestDb;

/// Instants of 2026 and 2027 around each change of a clock, hour by hour, in every zone whose clocks change; and some
/// long ago, of zones that skipped midnight, a day, or the minutes after midnight twice.
const INSTANTS: &str = "
    with days as (
        select n.name as zone, day.at
        from pg_timezone_names n
        cross join generate_series(timestamptz '2026-01-01Z', '2028-01-01Z', interval '24 hours') as day (at)
        where n.name not like 'posix%' and n.name not like 'right%' and n.name !~ '^(Etc|GMT|UTC)'
    ),
    changes as (
        select zone, at from days
        where at at time zone 'UTC' - at at time zone zone
            <> (at + interval '24 hours') at time zone 'UTC' - (at + interval '24 hours') at time zone zone
        union all
        values
            ('America/St_Johns', timestamptz '2010-11-06 16:00Z'), ('Pacific/Apia', '2011-12-29 22:00Z'),
            ('America/Sao_Paulo', '2018-11-03 15:00Z'), ('America/Sao_Paulo', '2019-02-16 15:00Z'),
            ('Asia/Pyongyang', '2018-05-04 08:00Z'), ('America/Toronto', '1950-11-25 16:00Z')
    )
    select c.zone, c.at + n * interval '61 minutes' as at
    from changes c
    cross join generate_series(-1, 26) as n";

/// Of the window that holds `at`: whether it holds it, the next begins where it ends, and clocks first showed its
/// midnight when it began.
async fn faults(db: &TestDb, period: &str, instants: &str) -> Vec<Value> {
    db.rows(&format!(
        "select i.zone, i.at, w.starts_at, w.ends_at
        from ({instants}) as i
        cross join lateral (
            select limit_window_start('{period}', i.zone, i.at) as starts_at,
                limit_window_end('{period}', i.zone, i.at) as ends_at
        ) as w
        cross join lateral (
            select
                w.starts_at at time zone i.zone as shown,
                date_trunc('{period}', (w.starts_at at time zone i.zone) + interval '1 hour') as midnight
        ) as begun
        where not (
            w.starts_at <= i.at
            and i.at < w.ends_at
            and limit_window_start('{period}', i.zone, w.ends_at) = w.ends_at
            and limit_window_start('{period}', i.zone, w.ends_at - interval '1 microsecond') = w.starts_at
            and begun.shown >= begun.midnight
            and not exists (
                select
                from generate_series(1, 14) as n
                where (w.starts_at - n * interval '15 minutes') at time zone i.zone >= begun.midnight
            )
        )
        limit 5"
    ))
    .await
}

#[tokio::test]
async fn days_begin_at_the_first_midnight_in_every_zone() {
    let db = TestDb::create().await;
    let counts = db.rows(&format!("select count(*) > 5000 as many from ({INSTANTS}) as i")).await;
    assert_eq!(counts, [json!({"many": true})]);
    assert_eq!(faults(&db, "day", INSTANTS).await, [] as [Value; 0]);
}

#[tokio::test]
async fn weeks_and_months_begin_at_the_first_midnight_in_every_zone() {
    let db = TestDb::create().await;
    let starts = "
        select n.name as zone, edge.at + offsets.by as at
        from pg_timezone_names n
        cross join generate_series(timestamptz '2027-01-01Z', '2027-12-31Z', interval '1 month') as edge (at)
        cross join unnest(array[interval '-14 hours', '-1 hour', '30 minutes', '12 hours']) as offsets (by)
        where n.name not like 'posix%' and n.name not like 'right%'";
    assert_eq!(faults(&db, "month", starts).await, [] as [Value; 0]);
    assert_eq!(faults(&db, "week", starts).await, [] as [Value; 0]);
}

#[tokio::test]
async fn repeated_hour_after_midnight_belongs_to_the_day_that_began() {
    let db = TestDb::create().await;
    let start = async |zone: &str, at: &str| {
        let sql = format!("select limit_window_start('day', '{zone}', '{at}') at time zone 'UTC' as at");
        db.rows(&sql).await[0]["at"].as_str().unwrap().to_owned()
    };
    for (zone, at, starts_at) in [
        // 00:30 for the first time, and for the second.
        ("America/Havana", "2026-11-01 04:30Z", "2026-11-01T04:00:00"),
        ("America/Havana", "2026-11-01 05:30Z", "2026-11-01T04:00:00"),
        ("America/Havana", "2026-11-01 03:59Z", "2026-10-31T04:00:00"),
        ("Atlantic/Azores", "2026-10-25 00:30Z", "2026-10-25T00:00:00"),
        ("Atlantic/Azores", "2026-10-25 01:30Z", "2026-10-25T00:00:00"),
        // Midnight is skipped.
        ("America/Havana", "2026-03-08 05:30Z", "2026-03-08T05:00:00"),
        // Clocks went back from 00:01 to 23:01.
        ("America/St_Johns", "2010-11-07 02:45Z", "2010-11-07T02:30:00"),
        ("Europe/Berlin", "2026-10-25 12:00Z", "2026-10-24T22:00:00"),
    ] {
        assert_eq!(start(zone, at).await, starts_at, "{zone} {at}");
    }
}

/// A call of yesterday was abandoned at its bound; today's correction takes most of it back.
#[tokio::test]
async fn history_below_zero_is_nothing_used() {
    let db = TestDb::create().await;
    db.execute(
        "insert into usage_logs (id, key_id, revision, created_at, started_at, user_label, model, endpoint, status,
            corrected_status, stream, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd, tags)
        select '0198c0de-0000-7000-8000-0000000000c1', '0198c0de-0000-7000-8000-0000000000a1', r.revision,
            clock_timestamp() - r.age, clock_timestamp(), 'a', 'm', 'e', r.status, r.corrected, false, 1, r.tokens, r.tokens, 0, 0, 0, 0, 0, 0, r.tokens * 1000, '{\"team\": \"x\"}'
        from (values
            (0, interval '30 hours', 'abandoned', null, 900),
            (1, interval '0', 'settled', 'abandoned', -800)
        ) as r (revision, age, status, corrected, tokens)",
    )
    .await;
    for (kind, id) in [
        ("global", ""),
        ("label", "a"),
        ("label", "*"),
        ("key", "0198c0de-0000-7000-8000-0000000000a1"),
        ("key", "*"),
        ("tag", "team=x"),
        ("tag", "team=*"),
        ("label", "b"),
    ] {
        for metric in ["requests", "tokens", "usd"] {
            for (period, tokens) in [("minute", 0), ("hour", 0), ("day", 0), ("total", 100)] {
                db.execute(&format!(
                    "delete from limits;
                    insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                    values ('0198c0de-0000-7000-8000-0000000000b1', '{kind}', '{id}', '{metric}', '{period}', 5, 'hard');
                    select limit_windows_open_with_history('0198c0de-0000-7000-8000-0000000000b1')"
                ))
                .await;
                let used = match (id, metric, period) {
                    ("b", ..) | ("*" | "team=*", _, "minute" | "hour" | "day") => 0,
                    (_, "requests", "total") => 1,
                    (_, "usd", _) => tokens * 1000,
                    (_, "tokens", _) => tokens,
                    _ => 0,
                };
                let status = db.rows("select used, reserved from limit_status").await;
                assert_eq!(status, [json!({"used": used, "reserved": 0})], "{kind} {id} {metric} {period}");
            }
        }
    }
}
