-- Compares the quarters of an hour in [$1, $2) with the ledger and keeps what differs. The caller holds the state's
-- row.
with base as (
    {ledger_quarters}
),
expected as (
    select
        {quarter_level} as level, {finest_cube} as cube, bucket_at, user_label, model, provider, key_id, last_call_at,
        {measures}
    from base
),
actual as (
    select
        level::integer as level, cube::integer as cube, bucket_at, user_label, model, provider, key_id, last_call_at,
        {measures}
    from usage_rollups
    where level = {quarter_level} and cube = {finest_cube} and bucket_at >= $1 and bucket_at < $2
),
{differences_kept}
returning level, cube
