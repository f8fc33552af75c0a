//! What several statements consist of.

/// The parts by their names. Each may name those behind it.
pub(super) fn texts() -> impl Iterator<Item = (&'static str, String)> {
    let parts = [
        ("buckets_of_ledger", BUCKETS_OF_LEDGER),
        ("buckets_of_day", BUCKETS_OF_DAY),
        ("stored_of_day", STORED_OF_DAY),
        ("differences_kept", DIFFERENCES_KEPT),
        ("ledger_quarters", LEDGER_QUARTERS),
        ("same_group", SAME_GROUP),
    ];
    parts.into_iter().map(|(name, text)| (name, text.to_owned()))
}

/// The rows of [$1, $2) per quarter of an hour in the finest cube.
const LEDGER_QUARTERS: &str = "select
    date_bin('15 minutes', created_at, 'epoch') as bucket_at,
    user_label collate \"C\" as user_label,
    model collate \"C\" as model,
    nullif(provider, 'openai') collate \"C\" as provider,
    key_id,
    max(created_at) as last_call_at,
    {ledger_sums}
from usage_changes
where created_at >= $1 and created_at < $2
group by 1, 2, 3, 4, 5";

/// The buckets of the ledger rows of [$1, $2): quarters of an hour from the rows, everything else from those. One
/// aggregation each, so that the planner can hash every one of them: it sorts grouping sets whose size it overestimates.
const BUCKETS_OF_LEDGER: &str = "base as materialized (
    {ledger_quarters}
),
models as materialized (
    select bucket_at, model, provider, max(last_call_at) as last_call_at, {sums}
    from base
    group by bucket_at, model, provider
),
quarters as materialized (
    select {finest_cube} as cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from base
    union all
    select {label_cube}, bucket_at, user_label, null, null, null, max(last_call_at), {sums}
    from base
    group by bucket_at, user_label
    union all
    select {model_cube}, bucket_at, null, model, provider, null, last_call_at, {measures}
    from models
    union all
    select {whole_cube}, bucket_at, null, null, null, null, max(last_call_at), {sums}
    from models
    group by bucket_at
),
hours as materialized (
    select
        cube, date_bin('1 hour', bucket_at, 'epoch') as bucket_at, user_label, model, provider, key_id,
        max(last_call_at) as last_call_at, {sums}
    from quarters
    group by 1, 2, 3, 4, 5, 6
),
days as materialized (
    select
        cube, date_bin('1 day', bucket_at, 'epoch') as bucket_at, user_label, model, provider, key_id,
        max(last_call_at) as last_call_at, {sums}
    from hours
    group by 1, 2, 3, 4, 5, 6
)";

/// The buckets that a day consists of, as the ledger has them.
const BUCKETS_OF_DAY: &str = "expected as (
    select {quarter_level} as level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from quarters
    union all
    select {hour_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from hours
    union all
    select {day_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from days
)";

/// The buckets in [$1, $3) as they are stored.
const STORED_OF_DAY: &str = "actual as (
    select
        level::integer as level, cube::integer as cube, bucket_at, user_label, model, provider, key_id, last_call_at,
        {measures}
    from usage_rollups
    where level in ({day_level}, {hour_level}, {quarter_level})
        and cube in ({finest_cube}, {label_cube}, {model_cube}, {whole_cube})
        and bucket_at >= $1
        and bucket_at < $3
)";

/// Keeps how rows `actual` and `expected` of one group differ. Makes JSON only of what does.
const DIFFERENCES_KEPT: &str = "differing as (
    select
        coalesce(actual.level, expected.level) as level,
        coalesce(actual.cube, expected.cube) as cube,
        coalesce(actual.bucket_at, expected.bucket_at) as bucket_at,
        coalesce(actual.user_label, expected.user_label) as user_label,
        coalesce(actual.model, expected.model) as model,
        coalesce(actual.provider, expected.provider) as provider,
        coalesce(actual.key_id, expected.key_id) as key_id,
        case
            when actual.level is not null
                then (select to_jsonb(sums) from (select actual.last_call_at, {actual_measures}) as sums)
        end as rollup,
        case
            when expected.level is not null
                then (select to_jsonb(sums) from (select expected.last_call_at, {expected_measures}) as sums)
        end as ledger
    from actual
    full join expected on {same_group}
    where {sums_differ}
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger)
select level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger
from differing
on conflict (level, cube, user_label, model, key_id, bucket_at, provider) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger";

/// Whether rows `actual` and `expected` are of one group. No label, model or provider is empty, and no key has this id.
const SAME_GROUP: &str = "actual.level = expected.level
    and actual.cube = expected.cube
    and actual.bucket_at = expected.bucket_at
    and coalesce(actual.user_label, '') = coalesce(expected.user_label, '')
    and coalesce(actual.model, '') = coalesce(expected.model, '')
    and coalesce(actual.provider, '') = coalesce(expected.provider, '')
    and coalesce(actual.key_id, '00000000-0000-0000-0000-000000000000')
        = coalesce(expected.key_id, '00000000-0000-0000-0000-000000000000')";
