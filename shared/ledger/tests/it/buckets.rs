//! Buckets of a calendar against the local clock, read minute by minute, in every time zone around every change of its
//! clock.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::statement::all;
use testkit::TestDb;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// One zone for each day on which clocks were changed alike, with that day. Zones change their clocks weeks apart at
/// least.
const CHANGES: &str = "
    with changes as (
        select zone.name, week.at, shift.before, shift.after
        from pg_timezone_names zone
        cross join generate_series($1, $2, interval '7 days') as week (at)
        cross join lateral (
            select
                (week.at - interval '7 days') at time zone zone.name - (week.at - interval '7 days') at time zone 'UTC',
                week.at at time zone zone.name - week.at at time zone 'UTC'
        ) as shift (before, after)
        where zone.name !~ '^(posix|right)/' and shift.before <> shift.after
    ),
    days as (
        select c.name, c.before, c.after, max(day.at) as changed_at
        from changes c
        cross join generate_series(c.at - interval '7 days', c.at, interval '1 hour') as day (at)
        where day.at at time zone c.name - day.at at time zone 'UTC' = c.before
        group by c.name, c.at, c.before, c.after
    )
    select min(name) as zone, changed_at
    from days
    group by changed_at, before, after";
/// A bucket begins with the first minute of a later date, week or month than all minutes before. Far from the range
/// quarters of an hour are enough.
const MINUTES: &str = "
    with minutes as (
        select minute.at, date_trunc($4, minute.at at time zone $3) as local
        from (
            select at from generate_series($1 - interval '2 days', $2, interval '1 minute') as at
            union all
            select at from generate_series($1 - interval '40 days', $1 - interval '2 days', interval '15 minutes') as at
            where $4 <> 'day'
        ) as minute
    ),
    marks as (
        select at, max(local) over (order by at) as latest
        from minutes
    )
    select min(at) as at
    from marks
    group by latest
    having max(at) >= $1 and min(at) < $2
    order by at";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn starts(
    client: &Client,
    sql: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    zone: &str,
    unit: &str,
) -> Vec<DateTime<Utc>> {
    let types = [Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::TEXT, Type::TEXT];
    let [from_type, to_type, zone_type, unit_type] = types;
    let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] =
        [(&from, from_type), (&to, to_type), (&zone, zone_type), (&unit, unit_type)];
    client.query_typed(sql, &params).await.unwrap().iter().map(|row| row.get("at")).collect()
}

fn buckets() -> &'static str {
    all().find(|statement| statement.name == "usage/buckets.sql").unwrap().sql()
}

#[tokio::test]
async fn days_begin_when_the_local_date_does_in_every_zone() {
    let db = TestDb::create().await;
    let client = db.client().await;
    let mut checked = 0;
    for (from, to) in
        [("2009-09-01T00:00:00Z", "2012-02-01T00:00:00Z"), ("2023-01-01T00:00:00Z", "2025-12-31T00:00:00Z")]
    {
        let rows = client
            .query_typed(CHANGES, &[(&at(from), Type::TIMESTAMPTZ), (&at(to), Type::TIMESTAMPTZ)])
            .await
            .unwrap();
        for row in rows {
            let (zone, changed_at): (&str, DateTime<Utc>) = (row.get("zone"), row.get("changed_at"));
            let range = (changed_at - TimeDelta::days(1), changed_at + TimeDelta::days(2));
            let found = starts(&client, buckets(), range, zone, "day").await;
            let expected = starts(&client, MINUTES, range, zone, "day").await;
            assert_eq!(found, expected, "{zone} around {changed_at}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} changes of clocks");
}

/// Changes of the clock that no other has the like of.
#[tokio::test]
async fn rare_changes_of_the_clock_give_whole_days_weeks_and_months() {
    let db = TestDb::create().await;
    let client = db.client().await;
    for (zone, day) in [
        // Three hours back over midnight, and three forward.
        ("Antarctica/Casey", "2010-03-05T00:00:00Z"),
        ("Antarctica/Casey", "2018-03-11T00:00:00Z"),
        // A day that does not exist.
        ("Pacific/Apia", "2011-12-30T00:00:00Z"),
        ("Pacific/Kwajalein", "1993-08-21T00:00:00Z"),
        // From 23:30 to 00:30, and midnight twice.
        ("America/Toronto", "1970-04-26T00:00:00Z"),
        ("America/Havana", "2026-11-01T00:00:00Z"),
        ("Atlantic/Azores", "2026-10-25T00:00:00Z"),
        // A minute past midnight, an hour back.
        ("America/St_Johns", "2010-11-07T00:00:00Z"),
        ("Asia/Gaza", "2010-03-27T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T00:00:00Z"),
    ] {
        let range = (at(day) - TimeDelta::hours(50), at(day) + TimeDelta::hours(50));
        for unit in ["day", "week", "month"] {
            let found = starts(&client, buckets(), range, zone, unit).await;
            assert_eq!(found, starts(&client, MINUTES, range, zone, unit).await, "{unit} in {zone}, {day}");
        }
    }
    // Offsets of other than whole minutes.
    let range = (at("1972-01-06T22:00:00Z"), at("1972-01-07T02:00:00Z"));
    let text = |starts: Vec<DateTime<Utc>>| starts.iter().map(DateTime::to_rfc3339).collect::<Vec<_>>();
    assert_eq!(
        text(starts(&client, buckets(), range, "Africa/Monrovia", "hour").await),
        [
            "1972-01-06T21:44:30+00:00",
            "1972-01-06T22:44:30+00:00",
            "1972-01-06T23:44:30+00:00",
            "1972-01-07T01:00:00+00:00"
        ]
    );
    assert_eq!(
        text(starts(&client, buckets(), range, "Africa/Monrovia", "day").await),
        ["1972-01-06T00:44:30+00:00", "1972-01-07T00:44:30+00:00"]
    );
}
