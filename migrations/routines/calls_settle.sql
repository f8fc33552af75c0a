-- With fewer parameters it would be a second function, and calls of the previous release would fit both.
do $$
declare
    function_name regprocedure;
begin
    for function_name in
        select p.oid::regprocedure
        from pg_proc p
        where p.proname = 'calls_settle'
            and p.pronamespace = current_schema()::regnamespace
            and not 'call_route' = any (p.proargnames)
    loop
        execute format('drop function %s', function_name);
    end loop;
end
$$;

-- Settles a call: it enters the ledger and leaves `open_calls`, and what it reserved becomes usage. Null if it has no
-- open row, and nothing changes: see settle_late.sql. True if it held reservations: rows that other calls wait for must
-- not stay locked while the disk is written, so this commit does not wait for it, and the caller flushes the log right
-- behind (docs/adr/0001). Without reservations the commit is durable.
--
-- A function rather than one statement, since two plain statements cost less than one that hands rows from part to
-- part, and no policy has to be evaluated (docs/adr/0016).
create or replace function calls_settle(
    call_id uuid,
    call_started_at timestamptz,
    call_key_id uuid,
    call_user_label text,
    call_endpoint text,
    call_model text,
    call_served_model text,
    call_service_tier text,
    call_stream boolean,
    call_status text,
    call_http_status smallint,
    call_error_code text,
    call_attempts smallint,
    call_input_tokens bigint,
    call_cached_tokens bigint,
    call_cache_write_tokens bigint,
    call_audio_input_tokens bigint,
    call_output_tokens bigint,
    call_reasoning_tokens bigint,
    call_audio_output_tokens bigint,
    call_retried_input_tokens bigint,
    call_retried_output_tokens bigint,
    call_cost_pico_usd bigint,
    call_price_id bigint,
    call_latency_us integer,
    call_first_byte_us integer,
    call_overhead_us integer,
    call_upstream_request_id text,
    call_tags jsonb,
    call_sdk text,
    call_raw_usage json,
    call_overrun boolean,
    call_retried_cost_pico_usd bigint,
    call_fees jsonb,
    call_provider text,
    call_cache_write_long_tokens bigint,
    call_cached_audio_tokens bigint,
    call_image_output_tokens bigint,
    call_parts jsonb,
    call_upstream text default null,
    call_upstream_cost_pico_usd bigint default null,
    call_table_cost_pico_usd bigint default null,
    call_cost_source text default null,
    call_route jsonb default null
)
returns boolean
language plpgsql
-- The role that makes calls holds no rights on limits and windows.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each call.
set plan_cache_mode = force_generic_plan
as $$
declare
    held_window_ids bigint[];
    held_amounts bigint[];
begin
    -- A row that the sweeper has settled is not open any more. Only the sweeper may call a call abandoned.
    delete from open_calls o
    where o.id = call_id and o.settled_at is null and call_status <> 'abandoned'
    returning o.window_ids, o.window_amounts into held_window_ids, held_amounts;
    if not found then
        return null;
    end if;

    insert into usage_logs (
        id, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status, http_status,
        error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
        output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens,
        cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk, raw_usage,
        overrun, retried_cost_pico_usd, fees, provider, cache_write_long_tokens, cached_audio_tokens,
        image_output_tokens, parts, upstream, upstream_cost_pico_usd, table_cost_pico_usd, cost_source,
        route
    )
    values (
        call_id, call_started_at, call_key_id, call_user_label, call_endpoint, call_model, call_served_model,
        call_service_tier, call_stream, call_status, call_http_status, call_error_code, call_attempts,
        call_input_tokens, call_input_tokens - call_cached_tokens - call_cache_write_tokens -
        call_cache_write_long_tokens - call_audio_input_tokens - call_cached_audio_tokens, call_cached_tokens,
        call_cache_write_tokens, call_audio_input_tokens, call_output_tokens, call_reasoning_tokens,
        call_audio_output_tokens, call_retried_input_tokens, call_retried_output_tokens, call_cost_pico_usd,
        call_price_id, call_latency_us, call_first_byte_us, call_overhead_us, call_upstream_request_id, call_tags,
        call_sdk, call_raw_usage, call_overrun, call_retried_cost_pico_usd, call_fees, call_provider,
        call_cache_write_long_tokens, call_cached_audio_tokens, call_image_output_tokens, call_parts,
        call_upstream, call_upstream_cost_pico_usd, call_table_cost_pico_usd, call_cost_source,
        call_route
    );

    -- A limit created since admission gives the call a reservation that its function does not know of.
    if held_window_ids is null then
        return false;
    end if;
    -- Asserted, since `perform` would run a statement of its own.
    assert set_config('synchronous_commit', 'off', true) = 'off';
    return limit_windows_book(
        held_window_ids,
        held_amounts,
        -- A call that failed at an unknown cost may have used anything up to its bound.
        case
            when call_status <> 'failed' or call_cost_pico_usd is not null then call_input_tokens + call_output_tokens
        end,
        call_cost_pico_usd
    );
end
$$;
