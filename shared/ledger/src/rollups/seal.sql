-- Adds the ledger rows of [$1, $2) to the rollups of every level: those of a quarter of an hour from the ledger, those
-- of the larger buckets from them. The caller holds the state's row and moves sealed_until from $1 to $2 with it.
with base as materialized (
    {ledger_quarters}
),
cubes as materialized (
    select
        bucket_at,
        case
            when grouping(user_label) = 0 then {label_cube}
            when grouping(model) = 0 then {model_cube}
            else {whole_cube}
        end as cube,
        user_label,
        model,
        provider,
        max(last_call_at) as last_call_at,
        {sums}
    from base
    group by grouping sets ((bucket_at, user_label), (bucket_at, model, provider), (bucket_at))
),
quarters as (
    select {finest_cube} as cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from base
    union all
    select cube, bucket_at, user_label, model, provider, null, last_call_at, {measures}
    from cubes
),
larger as (
    select
        -- Of hour, day and month, the grouping set leaves one in, or none for all time.
        case
            when grouping(hour_at) = 0 then {hour_level}
            when grouping(day_at) = 0 then {day_level}
            when grouping(month_at) = 0 then {month_level}
            else {all_time_level}
        end as level,
        cube,
        coalesce(hour_at, day_at, month_at, '-infinity') as bucket_at,
        user_label,
        model,
        provider,
        key_id,
        max(last_call_at) as last_call_at,
        {sums}
    from quarters
    cross join lateral (select bucket_at at time zone 'UTC' as utc) as at
    cross join lateral (
        select
            date_trunc('hour', utc) at time zone 'UTC' as hour_at,
            date_trunc('day', utc) at time zone 'UTC' as day_at,
            date_trunc('month', utc) at time zone 'UTC' as month_at
    ) as bucket
    group by grouping sets (
        (hour_at, cube, user_label, model, provider, key_id),
        (day_at, cube, user_label, model, provider, key_id),
        (month_at, cube, user_label, model, provider, key_id),
        (cube, user_label, model, provider, key_id)
    )
)
insert into usage_rollups as r (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select {quarter_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from quarters
union all
select level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from larger
on conflict (level, cube, user_label, bucket_at, model, key_id, provider) do update set
    last_call_at = greatest(r.last_call_at, excluded.last_call_at),
    {measures_added}
