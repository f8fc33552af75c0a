-- First instants of the buckets of [$1, $2) in the time zone $3; $4 is 15m, hour, day, week or month. The first may lie
-- before $1. A day begins at the first instant whose local time is not before midnight: also where midnight is skipped,
-- and where it happens twice. An hour begins whenever the local clock shows a whole one.
with starts as (
    select distinct start.at
    from generate_series(
        date_trunc(case when $4 = any('{15m,hour}') then 'month' else $4 end, $1 at time zone $3),
        case when $4 <> all('{15m,hour}') then $2 at time zone $3 end,
        ('1 ' || case when $4 = '15m' then 'hour' else $4 end)::interval
    ) as day (midnight)
    cross join lateral (
        select min(midnight at time zone $3 - earlier) as at
        from unnest('{0, 30 minutes, 1 hour, 90 minutes, 2 hours}'::interval[]) as earlier
        where (midnight at time zone $3 - earlier) at time zone $3 >= midnight
    ) as start
    union all
    select quarter.at
    from generate_series(
        date_bin('15 minutes', $1, 'epoch') - interval '2 hours',
        case when $4 = any('{15m,hour}') then $2 end,
        interval '15 minutes'
    ) as quarter (at)
    where $4 = '15m' or extract(minute from quarter.at at time zone $3) = 0
)
select at
from (select at, lead(at) over (order by at) as next_at from starts) as start
where at < $2 and coalesce(next_at > $1, true)
order by at
