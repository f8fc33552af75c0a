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
    select true as is_rollup, bucket_at, user_label, model, provider, key_id, to_jsonb(rollup) as sums
    from rollup
    union all
    select false, bucket_at, user_label, model, provider, key_id, to_jsonb(ledger)
    from ledger
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger)
select
    {quarter_level}, {finest_cube}, bucket_at, user_label, model, provider, key_id,
    (array_agg(sums) filter (where is_rollup))[1],
    (array_agg(sums) filter (where not is_rollup))[1]
from sides
group by bucket_at, user_label, model, provider, key_id
having count(*) <> 2 or count(distinct sums) <> 1
on conflict (level, cube, user_label, model, key_id, bucket_at, provider) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
