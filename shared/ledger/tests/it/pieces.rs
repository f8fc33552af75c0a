//! The pieces that series are put together from: in each bucket they cover its range exactly, wherever the seal is, and
//! what lies between two buckets is read once.

use testkit::TestDb;

/// The seconds that the pieces cover in each bucket, less those of the bucket. Rollups have no row after the seal; the
/// rows of a piece that belongs to several buckets are those of quarters of an hour.
const UNCOVERED: &str = "
    with pieces as materialized (
        select * from usage_pieces(EDGES, SEALED)
    ),
    parts as (
        select
            coalesce(p.bucket, width_bucket(part.span_from, p.starts)) as bucket, p.sign, p.other_bucket,
            extract(epoch from part.span_to - part.span_from) as seconds
        from pieces p
        cross join lateral (
            select p.span_from, case when p.level = 9 then p.span_to else least(p.span_to, SEALED) end
            where p.starts is null
            union all
            select at, least(at + interval '15 minutes', SEALED)
            from generate_series(p.span_from, least(p.span_to, SEALED) - interval '1 second', interval '15 minutes') as at
            where p.starts is not null
        ) as part (span_from, span_to)
        where part.span_from < part.span_to
    ),
    covered as (
        select bucket, sign * seconds as seconds from parts
        union all
        select other_bucket, -sign * seconds from parts where other_bucket is not null
        union all
        select number, -extract(epoch from b_to - b_from)
        from unnest((EDGES)[:cardinality(EDGES) - 1], (EDGES)[2:]) with ordinality as b (b_from, b_to, number)
    )
    select bucket::int, sum(seconds)::int as seconds from covered group by bucket having sum(seconds) <> 0";

/// Days in a time zone, the first and the last cut short.
fn days(zone: &str, count: u32) -> String {
    let midnight = format!(
        "(date '2026-10-10' + n)::timestamp at time zone '{zone}' + case when n = 0 then interval '31 hours' else '0' end"
    );
    format!(
        "(select array_agg({midnight} order by n) || timestamptz '2026-11-30 18:21:30Z' from generate_series(0, {count}, 2) n)"
    )
}

const SEALS: [&str; 6] = [
    "2026-11-30T18:20:29Z",
    "2026-11-30T22:00:00Z",
    "2026-11-12T23:10:00Z",
    "2026-11-12T22:59:59Z",
    "2026-10-10T04:00:00Z",
    "-infinity",
];

#[tokio::test]
async fn pieces_cover_each_bucket_wherever_the_seal_is() {
    let db = TestDb::create().await;
    let hours = "(select array_agg(timestamptz '2026-11-12 22:30Z' + n * interval '1 hour' order by n) from generate_series(0, 9) n)";
    let zones =
        ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"];
    let mut edges: Vec<String> = zones.iter().map(|zone| days(zone, 50)).collect();
    edges.push(hours.to_owned());
    edges.push("array[timestamptz '2026-09-14 10:07Z', '2026-11-30 18:21:30Z']".to_owned());
    edges.push("array[timestamptz '2026-11-30 18:16Z', '2026-11-30 18:17Z']".to_owned());
    for edges in &edges {
        for sealed in SEALS {
            let sql = UNCOVERED.replace("EDGES", edges).replace("SEALED", &format!("timestamptz '{sealed}'"));
            let uncovered = db.rows(&sql).await;
            assert!(uncovered.is_empty(), "{edges} sealed until {sealed}: {uncovered:?}");
        }
    }
}

#[tokio::test]
async fn edge_of_two_days_is_read_once() {
    let db = TestDb::create().await;
    for (zone, rows) in [("UTC", 0), ("Europe/Berlin", 1), ("Asia/Kolkata", 7), ("Asia/Kathmandu", 7)] {
        // The rows of a group around the edge after November 12.
        let around = format!(
            "select coalesce(sum(extract(epoch from span_to - span_from) / case level when 3 then 3600 else 900 end), 0)::int as rows
            from usage_pieces({}, '2026-11-30 18:20Z')
            where bucket is not null and span_from > '2026-11-12 12:00Z' and span_to < '2026-11-14 12:00Z'",
            days(zone, 50)
        );
        let found = db.rows(&around).await[0]["rows"].clone();
        assert_eq!(found, rows, "{zone}");
    }
}
