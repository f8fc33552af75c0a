-- `calls_settle` for several calls, in one commit. Returns the calls that it settled, the others have no open row; and
-- whether any of them held reservations, so that this commit does not wait for the disk.
create or replace function calls_settle_batch(
    call_ids uuid[],
    call_started_ats timestamptz[],
    call_key_ids uuid[],
    call_user_labels text[],
    call_endpoints text[],
    call_models text[],
    call_served_models text[],
    call_service_tiers text[],
    call_streams boolean[],
    call_statuses text[],
    call_http_statuses smallint[],
    call_error_codes text[],
    call_attempts smallint[],
    call_input_tokens bigint[],
    call_cached_tokens bigint[],
    call_cache_write_tokens bigint[],
    call_audio_input_tokens bigint[],
    call_output_tokens bigint[],
    call_reasoning_tokens bigint[],
    call_audio_output_tokens bigint[],
    call_retried_input_tokens bigint[],
    call_retried_output_tokens bigint[],
    call_cost_pico_usd bigint[],
    call_price_ids bigint[],
    call_latency_us integer[],
    call_first_byte_us integer[],
    call_overhead_us integer[],
    call_upstream_request_ids text[],
    call_tags jsonb[],
    call_sdks text[],
    call_raw_usage json[],
    call_overruns boolean[],
    call_retried_cost_pico_usd bigint[],
    call_fees jsonb[],
    call_providers text[],
    call_cache_write_long_tokens bigint[],
    call_cached_audio_tokens bigint[],
    call_image_output_tokens bigint[],
    call_parts jsonb[],
    call_upstreams text[],
    call_upstream_cost_pico_usd bigint[],
    call_table_cost_pico_usd bigint[],
    call_cost_sources text[],
    call_routes jsonb[],
    out settled_ids uuid[],
    out is_held boolean
)
language plpgsql
-- The role that makes calls holds no rights on limits and windows.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each batch.
set plan_cache_mode = force_generic_plan
-- Rows come and go by the thousand: a plan made while there were few would read all of them forever.
set enable_seqscan = off
as $$
declare
    settled_places bigint[];
    -- One place a reservation.
    held_window_ids bigint[];
    held_amounts bigint[];
    used_tokens bigint[];
    used_pico_usd bigint[];
begin
    -- Only the sweeper may call a call abandoned.
    if 'abandoned' = any (call_statuses) then
        return;
    end if;

    -- A row that the sweeper has settled is not open any more.
    with closed as (
        delete from open_calls o
        where o.id = any (call_ids) and o.settled_at is null
        returning o.id, o.window_ids, o.window_amounts
    ),
    settled as materialized (
        -- The first, if two settlements of the same call meet here.
        select distinct on (c.id) c.id, call.at, c.window_ids, c.window_amounts
        from closed c
        join unnest(call_ids) with ordinality as call (id, at) on call.id = c.id
        order by c.id, call.at
    ),
    held as (
        select
            reservation.window_id,
            reservation.amount,
            -- A call that failed at an unknown cost may have used anything up to its bound.
            case
                when call_statuses[s.at] <> 'failed' or call_cost_pico_usd[s.at] is not null
                    then call_input_tokens[s.at] + call_output_tokens[s.at]
            end as tokens,
            call_cost_pico_usd[s.at] as pico_usd
        from settled s
        cross join unnest(s.window_ids, s.window_amounts) as reservation (window_id, amount)
        where s.window_ids is not null
    )
    select
        (select array_agg(s.id) from settled s), (select array_agg(s.at) from settled s), array_agg(h.window_id),
        array_agg(h.amount), array_agg(h.tokens), array_agg(h.pico_usd)
    into settled_ids, settled_places, held_window_ids, held_amounts, used_tokens, used_pico_usd
    from held h;

    insert into usage_logs (
        id, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status, http_status,
        error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
        output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens,
        cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk, raw_usage,
        overrun, retried_cost_pico_usd, fees, provider, cache_write_long_tokens, cached_audio_tokens,
        image_output_tokens, parts, upstream, upstream_cost_pico_usd, table_cost_pico_usd, cost_source,
        route
    )
    select
        call_ids[at], call_started_ats[at], call_key_ids[at], call_user_labels[at], call_endpoints[at], call_models[at],
        call_served_models[at], call_service_tiers[at], call_streams[at], call_statuses[at], call_http_statuses[at],
        call_error_codes[at], call_attempts[at], call_input_tokens[at], call_input_tokens[at] - call_cached_tokens[at]
            - call_cache_write_tokens[at] - call_cache_write_long_tokens[at] - call_audio_input_tokens[at]
            - call_cached_audio_tokens[at],
        call_cached_tokens[at], call_cache_write_tokens[at],
        call_audio_input_tokens[at], call_output_tokens[at], call_reasoning_tokens[at], call_audio_output_tokens[at],
        call_retried_input_tokens[at], call_retried_output_tokens[at], call_cost_pico_usd[at], call_price_ids[at],
        call_latency_us[at], call_first_byte_us[at], call_overhead_us[at], call_upstream_request_ids[at],
        call_tags[at], call_sdks[at], call_raw_usage[at], call_overruns[at], call_retried_cost_pico_usd[at],
        call_fees[at], call_providers[at], call_cache_write_long_tokens[at], call_cached_audio_tokens[at],
        call_image_output_tokens[at], call_parts[at], call_upstreams[at], call_upstream_cost_pico_usd[at],
        call_table_cost_pico_usd[at], call_cost_sources[at], call_routes[at]
    -- The arrays are subscripted, which costs less than a scan of each.
    from unnest(settled_places) as call (at);

    is_held := held_window_ids is not null;
    if is_held then
        -- The caller flushes the log right behind.
        assert set_config('synchronous_commit', 'off', true) = 'off';
        perform limit_windows_book_batch(held_window_ids, held_amounts, used_tokens, used_pico_usd);
    end if;
end
$$;
