-- Compares the rollups in [$1, $3) with the ledger rows of [$1, $2), all of one day, and writes those that differ.
-- Returns how many of the day's finest ones did.
with {buckets_of_ledger},
{buckets_of_day},
{stored_of_day},
differing as materialized (
    select
        coalesce(actual.level, expected.level) as level,
        coalesce(actual.cube, expected.cube) as cube,
        coalesce(actual.bucket_at, expected.bucket_at) as bucket_at,
        coalesce(actual.user_label, expected.user_label) as user_label,
        coalesce(actual.model, expected.model) as model,
        coalesce(actual.provider, expected.provider) as provider,
        coalesce(actual.key_id, expected.key_id) as key_id,
        expected.level is not null as is_expected,
        expected.last_call_at,
        {expected_measures}
    from actual
    full join expected on {same_group}
    where {sums_differ}
),
removed as (
    delete from usage_rollups r
    using differing d
    where not d.is_expected
        and r.level = d.level
        and r.cube = d.cube
        and r.bucket_at = d.bucket_at
        and r.user_label is not distinct from d.user_label
        and r.model is not distinct from d.model
        and r.provider is not distinct from d.provider
        and r.key_id is not distinct from d.key_id
        and r.bucket_at >= $1
        and r.bucket_at < $3
),
written as (
    insert into usage_rollups (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
    select level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from differing
    where is_expected
    on conflict (level, cube, user_label, bucket_at, model, key_id, provider) do update set
        last_call_at = excluded.last_call_at,
        {measures_written}
)
select count(*) as changed_days
from differing
where level = {day_level} and cube = {finest_cube}
