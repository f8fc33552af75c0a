-- The last $2 days of the provider $1 that may still change, without those that an unfinished run has fetched already.
select day::date as day
from generate_series(
    (now() at time zone 'UTC')::date - ($2 - 1), (now() at time zone 'UTC')::date, interval '1 day'
) as day
where not exists (
    select
    from provider_days known
    left join provider_fetches fetched using (provider)
    where known.day = day.day::date
        and known.provider = $1
        and (known.is_final or known.fetched_at > coalesce(fetched.succeeded_at, '-infinity'))
)
order by day
