-- Settlement of a call that has no open row. Either the row was lost in a database crash, and the ledger has none: the
-- call is recorded. Or the sweeper was first: the true values are appended as a correction, which holds the differences
-- to the abandoned row. Or this settlement ran before: nothing changes.
-- `call` only names the parameters, as in settle.sql.
with call as not materialized (
    {call_record}
),
known as (
    select
        l.revision, l.status, l.attempts, l.input_tokens, l.uncached_tokens, l.cached_tokens, l.cache_write_tokens,
        l.audio_input_tokens, l.output_tokens, l.reasoning_tokens, l.audio_output_tokens, l.retried_input_tokens,
        l.retried_output_tokens, l.cost_pico_usd, l.retried_cost_pico_usd, l.cache_write_long_tokens,
        l.cached_audio_tokens, l.image_output_tokens
    from usage_logs l
    cross join call
    where l.id = call.id
),
recorded as (
    insert into usage_logs (
        {recorded_columns}
    )
    select
        call.id, {recorded_values}
    from call
    where not exists (select from known)
    returning id
),
corrected as (
    insert into usage_logs (
        id, revision, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status,
        http_status, error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
        audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens,
        retried_output_tokens, cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id,
        tags, sdk, raw_usage, overrun, corrected_status, unpriced_change,
        retried_cost_pico_usd, fees, provider, cache_write_long_tokens, cached_audio_tokens, image_output_tokens, parts,
        upstream, upstream_cost_pico_usd, table_cost_pico_usd, cost_source, route
    )
    select
        call.id, 1, call.started_at, call.key_id, call.user_label, call.endpoint, call.model, call.served_model,
        call.service_tier, call.stream, call.status, call.http_status, call.error_code, call.attempts - k.attempts,
        call.input_tokens - k.input_tokens,
        call.input_tokens - call.cached_tokens - call.cache_write_tokens - call.cache_write_long_tokens
            - call.audio_input_tokens - call.cached_audio_tokens - k.uncached_tokens,
        call.cached_tokens - k.cached_tokens, call.cache_write_tokens - k.cache_write_tokens,
        call.audio_input_tokens - k.audio_input_tokens, call.output_tokens - k.output_tokens,
        call.reasoning_tokens - k.reasoning_tokens, call.audio_output_tokens - k.audio_output_tokens,
        call.retried_input_tokens - k.retried_input_tokens, call.retried_output_tokens - k.retried_output_tokens,
        -- If the true cost is unknown, the estimate is taken back.
        coalesce(call.cost_pico_usd, 0) - coalesce(k.cost_pico_usd, 0),
        call.price_id, call.latency_us, call.first_byte_us, call.overhead_us, call.upstream_request_id, call.tags,
        call.sdk, call.raw_usage, call.overrun, k.status,
        (call.cost_pico_usd is null)::int - (k.cost_pico_usd is null)::int,
        call.retried_cost_pico_usd - coalesce(k.retried_cost_pico_usd, 0), call.fees, call.provider,
        call.cache_write_long_tokens - k.cache_write_long_tokens, call.cached_audio_tokens - k.cached_audio_tokens,
        call.image_output_tokens - k.image_output_tokens, call.parts,
        call.upstream, call.upstream_cost_pico_usd, call.table_cost_pico_usd, call.cost_source,
        call.route
    from known k
    cross join call
    where k.revision = 0
        and k.status = 'abandoned'
        and not exists (select from known where revision > 0)
    returning id
)
-- Whether the sweeper's estimate is what stands in the windows of the call's limits.
select false as is_booked
from recorded
union all
select true
from corrected
