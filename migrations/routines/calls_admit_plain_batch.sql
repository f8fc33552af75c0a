-- With other parameters it would be a second function.
do $$
declare
    function_name regprocedure;
begin
    for function_name in
        select p.oid::regprocedure
        from pg_proc p
        where p.proname = 'calls_admit_plain_batch'
            and p.pronamespace = current_schema()::regnamespace
            and not 'call_callers' = any (p.proargnames)
    loop
        execute format('drop function %s', function_name);
    end loop;
end
$$;

-- `calls_admit_plain` for several calls in one statement, one commit and one wait for the disk. Each caller among them
-- is authorised once. Returns the calls that were admitted; the others are decided by `calls_admit`.
create or replace function calls_admit_plain_batch(
    -- One place a caller: calls that differ in none of these.
    key_hashes bytea[],
    price_versions bigint[],
    named_labels text[],
    fallback_labels text[],
    call_models text[],
    call_tags jsonb[],
    -- One place a call, each with the place of its caller.
    call_callers integer[],
    call_ids uuid[],
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
    call_providers text[]
)
returns table (call_id uuid, key_id uuid, user_label text, opened_at timestamptz)
language plpgsql
-- The role that makes calls holds no rights on keys and limits.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each batch.
set plan_cache_mode = force_generic_plan
-- A plan made while there are few keys is kept when there are many, so none may read all of them.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    now_at constant timestamptz := clock_timestamp();
begin
    return query
    -- Materialised, so that a plan cannot look a caller up again for each call.
    with authorised as materialized (
        select caller.place::integer as place, k.key_id, k.user_label
        from unnest(key_hashes) with ordinality as caller (key_hash, place)
        cross join lateral calls_authorise_plain(
            caller.key_hash, price_versions[caller.place], named_labels[caller.place], fallback_labels[caller.place],
            call_models[caller.place], call_tags[caller.place], now_at
        ) as k
    )
    insert into open_calls as o (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, tool_call_bound, reserved_pico_usd,
        key_id, stream, user_label, model, endpoint, service_tier, sdk, tags, provider
    )
    select
        call_ids[call.at], now_at, now_at + make_interval(secs => seconds_to_settle[call.at]),
        input_bound_tokens[call.at], output_bound_tokens[call.at], tool_call_bounds[call.at],
        reserved_pico_usd[call.at], k.key_id, call_streams[call.at], k.user_label, call_models[call.caller],
        call_endpoints[call.at], call_service_tiers[call.at], call_sdks[call.at], call_tags[call.caller],
        call_providers[call.at]
    -- One array is scanned and the others subscripted, which costs less than a scan of each.
    from unnest(call_callers) with ordinality as call (caller, at)
    join authorised k on k.place = call.caller
    returning o.id, o.key_id, o.user_label, o.opened_at;
end
$$;
