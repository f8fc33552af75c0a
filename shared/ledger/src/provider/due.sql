-- The last $1 days that may still change, without those that an unfinished run has fetched already.
select day::date as day
from generate_series(
    (now() at time zone 'UTC')::date - ($1 - 1), (now() at time zone 'UTC')::date, interval '1 day'
) as day
where not exists (
    select
    from provider_days known, provider_sync sync
    where known.day = day.day::date
        and (known.is_final or known.fetched_at > coalesce(sync.succeeded_at, '-infinity'))
)
order by day
