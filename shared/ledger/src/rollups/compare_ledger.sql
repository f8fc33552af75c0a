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
-- Both sides have each group once. No key has this id.
differing as (
    select
        coalesce(rollup.bucket_at, ledger.bucket_at) as bucket_at,
        coalesce(rollup.user_label, ledger.user_label) as user_label,
        coalesce(rollup.model, ledger.model) as model,
        coalesce(rollup.provider, ledger.provider) as provider,
        coalesce(rollup.key_id, ledger.key_id) as key_id,
        case when rollup.bucket_at is not null then to_jsonb(rollup) end as rollup,
        case when ledger.bucket_at is not null then to_jsonb(ledger) end as ledger
    from rollup
    full join ledger
        on rollup.bucket_at = ledger.bucket_at
            and rollup.user_label = ledger.user_label
            and rollup.model = ledger.model
            and coalesce(rollup.provider, '') = coalesce(ledger.provider, '')
            and coalesce(rollup.key_id, '00000000-0000-0000-0000-000000000000')
                = coalesce(ledger.key_id, '00000000-0000-0000-0000-000000000000')
    where rollup is distinct from ledger
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, provider, key_id, rollup, ledger)
select {quarter_level}, {finest_cube}, bucket_at, user_label, model, provider, key_id, rollup, ledger
from differing
on conflict (level, cube, user_label, model, key_id, bucket_at, provider) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
