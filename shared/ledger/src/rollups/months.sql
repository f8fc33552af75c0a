-- The months in which the ledger or the rollups have something at or after $1 and before $2.
select month at time zone 'UTC' as month_from, (month + interval '1 month') at time zone 'UTC' as month_to
from (
    select generate_series(date_trunc('month', min(first_at)), max(last_at), interval '1 month') as month
    from (
        select min(created_at) at time zone 'UTC' as first_at, max(created_at) at time zone 'UTC' as last_at
        from usage_logs
        where created_at >= $1 and created_at < $2
        union all
        select min(bucket_at) at time zone 'UTC', max(bucket_at) at time zone 'UTC'
        from usage_rollups
        where level = {month_level} and bucket_at >= $1 and bucket_at < $2
    ) as ends
) as series
