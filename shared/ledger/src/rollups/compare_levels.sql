-- Compares every bucket of level $3 in [$1, $2), whole ones of the unit $5, with the finest ones of level $4 that it is
-- made of, in all cubes; where both levels are the same, the coarser cubes with the finest. Keeps what differs.
with expected as (
    select
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
    select cube::integer as cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from usage_rollups
    where level = $3
        and ($3 = {all_time_level} or (bucket_at >= $1 and bucket_at < $2))
        and ($3::smallint <> $4::smallint or cube <> {finest_cube})
),
-- Both sides have each group once. No label or model is empty, and no key has this id.
differing as (
    select
        coalesce(actual.cube, expected.cube) as cube,
        coalesce(actual.bucket_at, expected.bucket_at) as bucket_at,
        coalesce(actual.user_label, expected.user_label) as user_label,
        coalesce(actual.model, expected.model) as model,
        coalesce(actual.provider, expected.provider) as provider,
        coalesce(actual.key_id, expected.key_id) as key_id,
        case when actual.cube is not null then to_jsonb(actual) end as rollup,
        case when expected.cube is not null then to_jsonb(expected) end as ledger
    from actual
    full join expected
        on actual.cube = expected.cube
            and actual.bucket_at = expected.bucket_at
            and coalesce(actual.user_label, '') = coalesce(expected.user_label, '')
            and coalesce(actual.model, '') = coalesce(expected.model, '')
            and coalesce(actual.provider, '') = coalesce(expected.provider, '')
            and coalesce(actual.key_id, '00000000-0000-0000-0000-000000000000')
                = coalesce(expected.key_id, '00000000-0000-0000-0000-000000000000')
    where actual is distinct from expected
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger)
select $3, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger
from differing
on conflict (level, cube, user_label, model, key_id, bucket_at, provider) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
