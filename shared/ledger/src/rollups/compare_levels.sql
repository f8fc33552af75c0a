-- Compares every bucket of level $3 in [$1, $2), whole ones of the unit $5, with the finest ones of level $4 that it is
-- made of, in all cubes; where both levels are the same, the coarser cubes with the finest. Keeps what differs.
with parts as (
    select
        cube.cube,
        at.bucket_at,
        case when cube.has_label then r.user_label end as user_label,
        case when cube.has_model then r.model end as model,
        case when cube.has_model then r.provider end as provider,
        case when cube.has_key then r.key_id end as key_id,
        last_call_at,
        {measures}
    from usage_rollups r
    cross join (
        values
            ({finest_cube}, true, true, true),
            ({label_cube}, true, false, false),
            ({model_cube}, false, true, false),
            ({whole_cube}, false, false, false)
    ) as cube (cube, has_label, has_model, has_key)
    cross join lateral (
        select
            case
                when $3::smallint = {all_time_level} then '-infinity'
                else date_trunc($5, r.bucket_at, 'UTC')
            end as bucket_at
    ) as at
    where r.level = $4 and r.cube = {finest_cube} and r.bucket_at >= $1 and r.bucket_at < $2
),
expected as (
    select cube, bucket_at, user_label, model, provider, key_id, max(last_call_at) as last_call_at, {sums}
    from parts
    group by cube, bucket_at, user_label, model, provider, key_id
),
actual as (
    select cube::integer as cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from usage_rollups
    where level = $3 and ($3 = {all_time_level} or (bucket_at >= $1 and bucket_at < $2))
),
sides as (
    select true as is_actual, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from actual
    union all
    select false, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from expected
),
-- Both sides have each group once, so equal rows come in pairs.
differing as (
    select
        bool_and(is_actual) as is_actual, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from sides
    group by cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    having count(*) = 1
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger)
select
    $3, cube, bucket_at, user_label, model, provider, key_id,
    (array_agg(to_jsonb(differing) - 'is_actual') filter (where is_actual))[1],
    (array_agg(to_jsonb(differing) - 'is_actual') filter (where not is_actual))[1]
from differing
group by cube, bucket_at, user_label, model, provider, key_id
on conflict (level, cube, user_label, model, key_id, bucket_at, provider) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
