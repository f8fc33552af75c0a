-- Compares the quarters of an hour in [$1, $2) with the ledger and keeps what differs. The caller holds the state's
-- row.
with ledger as (
    {ledger_quarters}
),
rollup as (
    select bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from usage_rollups
    where level = {quarter_level} and cube = {finest_cube} and bucket_at >= $1 and bucket_at < $2
),
sides as (
    select true as is_rollup, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from rollup
    union all
    select false, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from ledger
),
-- Both sides have each group once, so equal rows come in pairs.
differing as (
    select
        bool_and(is_rollup) as is_rollup, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    from sides
    group by bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
    having count(*) = 1
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger)
select
    {quarter_level}, {finest_cube}, bucket_at, user_label, model, provider, key_id,
    (array_agg(to_jsonb(differing) - 'is_rollup') filter (where is_rollup))[1],
    (array_agg(to_jsonb(differing) - 'is_rollup') filter (where not is_rollup))[1]
from differing
group by bucket_at, user_label, model, provider, key_id
on conflict (level, cube, user_label, model, key_id, bucket_at, provider) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
