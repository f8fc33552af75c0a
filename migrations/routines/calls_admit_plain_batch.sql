-- `calls_admit_plain` for several calls in one statement, one commit and one wait for the disk. Returns those that were
-- admitted; the others are decided by `calls_admit`.
create or replace function calls_admit_plain_batch(
    call_ids uuid[],
    key_hashes bytea[],
    price_versions bigint[],
    named_labels text[],
    fallback_labels text[],
    call_models text[],
    call_endpoints text[],
    call_streams boolean[],
    call_service_tiers text[],
    -- With what calls of built-in tools may add.
    input_bound_tokens bigint[],
    output_bound_tokens bigint[],
    tool_call_bounds bigint[],
    reserved_pico_usd bigint[],
    seconds_to_settle double precision[],
    call_sdks text[],
    call_tags jsonb[],
    call_providers text[]
)
returns table (call_id uuid, key_id uuid, user_label text, opened_at timestamptz)
language plpgsql
-- The role that makes calls holds no rights on keys and limits.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each batch.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    now_at constant timestamptz := clock_timestamp();
begin
    return query
    insert into open_calls as o (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, tool_call_bound, reserved_pico_usd,
        key_id, stream, user_label, model, endpoint, service_tier, sdk, tags, provider
    )
    select
        call.id, now_at, now_at + make_interval(secs => seconds_to_settle[at]), input_bound_tokens[at],
        output_bound_tokens[at], tool_call_bounds[at], reserved_pico_usd[at], k.key_id, call_streams[at], k.user_label,
        call_models[at], call_endpoints[at], call_service_tiers[at], call_sdks[at], call_tags[at], call_providers[at]
    -- One array is scanned and the others subscripted, which costs less than a scan of each.
    from unnest(call_ids) with ordinality as call (id, at)
    cross join lateral calls_authorise_plain(
        key_hashes[at], price_versions[at], named_labels[at], fallback_labels[at], call_models[at], call_tags[at],
        now_at
    ) as k
    returning o.id, o.key_id, o.user_label, o.opened_at;
end
$$;
