//! Removal of expired limit windows and events.

use maintain::Event;
use testkit::TestDb;

const IDS: [(&str, &str); 5] =
    [("minute", "a1"), ("hour", "a2"), ("day", "a3"), ("month", "a4"), ("total", "a5")];

fn id(suffix: &str) -> String {
    format!("0198c0de-0000-7000-8000-0000000000{suffix}")
}

/// One limit of each period.
async fn limits(db: &TestDb) {
    for (period, suffix) in IDS {
        db.execute(&format!(
            "insert into limits (id, subject_kind, metric, period, amount, mode)
            values ('{}', 'global', 'tokens', '{period}', 10000, 'hard')",
            id(suffix)
        ))
        .await;
    }
}

/// The remaining windows as `period age`.
async fn windows(db: &TestDb) -> Vec<String> {
    let rows = db
        .rows(
            "select l.period || ' ' || w.settled as name from limit_windows w join limits l on l.id = w.limit_id
            order by l.id, w.settled",
        )
        .await;
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn windows_are_removed_35_lengths_and_two_hours_after_their_end() {
    let db = TestDb::create().await;
    limits(&db).await;
    // `settled` holds how many days ago the window was current.
    for (suffix, days) in [
        ("a1", vec![0, 1, 3]),
        ("a2", vec![0, 1, 3]),
        ("a3", vec![0, 3, 30, 40]),
        ("a4", vec![0, 90, 900]),
        ("a5", vec![0]),
    ] {
        for days in days {
            let id = id(suffix);
            db.execute(&format!(
                "select limit_windows_open('{id}', now() - interval '{days} days');
                update limit_windows set settled = {days}
                where limit_id = '{id}' and starts_at = (select max(starts_at) from limit_windows
                    where limit_id = '{id}' and starts_at <= now() - interval '{days} days')"
            ))
            .await;
        }
    }
    let years_ago = "update limit_windows set starts_at = starts_at - interval '3 years',
        ends_at = ends_at - interval '3 years' where settled = 900";
    db.execute(years_ago).await;
    db.execute(&format!(
        "insert into limit_windows (limit_id, starts_at, ends_at, cap, hard, metric, settled)
        select '{}', at, at + interval '1 minute', 9, true, 'requests', 5
        from (select now() - interval '100 minutes' as at) as opened",
        id("a1")
    ))
    .await;
    // A call of three days ago still holds a reservation in an hourly window.
    db.execute(
        "insert into open_calls (id, opened_at, deadline_at, input_bound_tokens, stream, user_label, model, endpoint,
            window_ids, window_amounts)
        select gen_random_uuid(), now(), now() + interval '1 hour', 1, false, 'a', 'm', 'e', array[w.id], array[1]
        from limit_windows w join limits l on l.id = w.limit_id where l.period = 'hour' and w.settled = 3",
    )
    .await;
    let maintain = crate::maintain(&db);
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().removed_windows, 4);
    assert_eq!(
        windows(&db).await,
        [
            "minute 0", "minute 5", "hour 0", "hour 1", "hour 3", "day 0", "day 3", "day 30", "month 0",
            "month 90", "total 0",
        ]
    );
    db.execute("delete from open_calls").await;
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().removed_windows, 1);
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().removed_windows, 0);
}

#[tokio::test]
async fn one_run_removes_a_bounded_number_of_windows() {
    let db = TestDb::create().await;
    limits(&db).await;
    db.execute(&format!(
        "insert into limit_windows (limit_id, starts_at, ends_at, cap, hard, metric)
        select '{}', at, at + interval '1 minute', 1, true, 'tokens'
        from generate_series(1, 20500) as n
        cross join lateral (select now() - interval '3 days' - n * interval '1 minute' as at) as opened",
        id("a1")
    ))
    .await;
    let (one, two) = (crate::maintain(&db), crate::maintain(&db));
    assert_eq!(one.handle(Event::Tick).await.unwrap().removed_windows, 20_000);
    let (one, two) = tokio::join!(one.handle(Event::Tick), two.handle(Event::Tick));
    assert_eq!(one.unwrap().removed_windows + two.unwrap().removed_windows, 500);
}

#[tokio::test]
async fn events_are_kept_for_thirteen_months_and_while_their_window_is_current() {
    let db = TestDb::create().await;
    limits(&db).await;
    for (suffix, age) in [("a3", "0 days"), ("a3", "12 months"), ("a3", "14 months"), ("a5", "14 months")] {
        db.execute(&format!(
            "insert into limit_events (limit_id, window_starts_at, window_ends_at, cap, used, threshold, kind,
                subject_kind, subject_id, metric, period, mode)
            select l.id, limit_window_start(l.period, 'UTC', now() - interval '{age}'),
                limit_window_end(l.period, 'UTC', now() - interval '{age}'), 100, 50, 50, 'threshold', 'global', '',
                'tokens', l.period, 'hard'
            from limits l where l.id = '{}'",
            id(suffix)
        ))
        .await;
    }
    let report = crate::maintain(&db).handle(Event::Tick).await.unwrap();
    assert_eq!(report.removed_events, 1);
    let left = db.rows("select period from limit_events order by period, window_ends_at").await;
    assert_eq!(
        left.iter().map(|row| row["period"].as_str().unwrap()).collect::<Vec<_>>(),
        ["day", "day", "total"]
    );
}
