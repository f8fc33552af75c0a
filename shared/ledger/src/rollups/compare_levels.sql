-- Compares every bucket of level $3 in [$1, $2), whole ones of the unit $5, with the finest ones of level $4 that it is
-- made of, in all cubes; where both levels are the same, the coarser cubes with the finest. Keeps what differs.
with expected as (
    select
        $3::integer as level,
        case
            when grouping(key_id) = 0 then {finest_cube}
            when grouping(user_label) = 0 then {label_cube}
            when grouping(model) = 0 then {model_cube}
            else {whole_cube}
        end as cube,
        at.bucket_at,
        user_label,
        model,
        provider,
        key_id,
        max(last_call_at) as last_call_at,
        {sums}
    from usage_rollups r
    cross join lateral (
        select
            case
                when $3::smallint = {all_time_level} then '-infinity'
                else date_trunc($5, r.bucket_at, 'UTC')
            end as bucket_at
    ) as at
    where r.level = $4 and r.cube = {finest_cube} and r.bucket_at >= $1 and r.bucket_at < $2
    -- In this order three of the four come from one sort.
    group by grouping sets (
        (at.bucket_at, user_label, model, provider, key_id),
        (at.bucket_at, user_label),
        (at.bucket_at),
        (at.bucket_at, model, provider)
    )
    -- What is the finest already is not compared with itself.
    having $3::smallint <> $4::smallint or grouping(key_id) = 1
),
actual as (
    select
        level::integer as level, cube::integer as cube, bucket_at, user_label, model, provider, key_id, last_call_at,
        {measures}
    from usage_rollups
    where level = $3
        and ($3 = {all_time_level} or (bucket_at >= $1 and bucket_at < $2))
        and ($3::smallint <> $4::smallint or cube <> {finest_cube})
),
{differences_kept}
returning level, cube
