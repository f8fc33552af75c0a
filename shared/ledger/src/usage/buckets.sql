-- First instants of the buckets of [range_from, range_to) in a time zone; the first may lie before range_from. A day,
-- week or month begins at the first instant whose local time is not before its midnight: also where that midnight is
-- skipped, happens twice, or lies on a day that does not exist. An hour begins whenever the local clock shows a whole
-- one.
with query as (
    select $1::timestamptz as range_from, $2::timestamptz as range_to, $3::text as zone, $4::text as unit
),
-- Where a midnight is skipped, `at` is a time after the change; where it happens twice, its second time.
midnights as (
    select midnight.local, midnight.local at time zone query.zone as at, query.zone
    from query
    cross join generate_series(
        date_trunc(
            case when query.unit = any('{15m,hour}') then 'month' else query.unit end,
            query.range_from at time zone query.zone
        ),
        case
            when query.unit <> all('{15m,hour}') then query.range_to at time zone query.zone + interval '1 day'
        end,
        ('1 ' || case when query.unit = any('{15m,hour}') then 'month' else query.unit end)::interval
    ) as midnight (local)
),
-- No clock was ever set back by more than a day. Most midnights have no change in the day before and need no search.
earlier as (
    select m.local, m.zone, m.local - (before.at at time zone m.zone - before.at at time zone 'UTC') as at_utc
    from midnights m
    cross join generate_series(m.at - interval '25 hours', m.at, interval '1 hour') as before (at)
    where m.at at time zone m.zone - m.at at time zone 'UTC'
        <> (m.at - interval '25 hours') at time zone m.zone - (m.at - interval '25 hours') at time zone 'UTC'
),
-- The second at which the clock skipped the midnight.
skipped as (
    select m.local, m.zone, second.at
    from midnights m
    cross join generate_series(
        m.at - (m.at at time zone m.zone - m.local), m.at, interval '1 second'
    ) as second (at)
    where m.at at time zone m.zone > m.local
),
starts as (
    select candidate.local, min(candidate.at) as at
    from (
        select local, zone, at
        from midnights
        union all
        select local, zone, at_utc at time zone 'UTC'
        from earlier
        union all
        select local, zone, at
        from skipped
    ) as candidate
    where candidate.at at time zone candidate.zone >= candidate.local
    group by candidate.local
    union all
    select null, quarter.at
    from query
    cross join generate_series(
        date_bin('15 minutes', query.range_from, 'epoch'),
        case when query.unit = '15m' then query.range_to end,
        interval '15 minutes'
    ) as quarter (at)
    union all
    -- The whole local hours between two whole UTC hours, by the offset at either: they differ around a change.
    select null, whole.at
    from query
    cross join generate_series(
        date_trunc('hour', query.range_from, 'UTC') - interval '2 hours',
        case when query.unit = 'hour' then query.range_to end,
        interval '1 hour'
    ) as hour (at)
    cross join lateral (
        select hour.at + interval '1 hour' - (local - date_trunc('hour', local)) as at
        from (
            values (hour.at at time zone query.zone), ((hour.at + interval '1 hour') at time zone query.zone)
        ) as shown (local)
    ) as whole
    where extract(second from whole.at at time zone query.zone) = 0
        and extract(minute from whole.at at time zone query.zone) = 0
)
select start.at
from query
cross join (
    select distinct_at.at, lead(distinct_at.at) over (order by distinct_at.at) as next_at
    from (select distinct at from starts) as distinct_at
) as start
where start.at < query.range_to and coalesce(start.next_at > query.range_from, true)
order by start.at
