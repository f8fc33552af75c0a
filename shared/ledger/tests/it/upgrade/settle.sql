-- How the previous release settles a call.
with call as not materialized (
    select
        $1::uuid as id, $2::timestamptz as started_at, $3::uuid as key_id, $4::text as user_label,
        $5::text as endpoint, $6::text as model, $7::text as served_model, $8::text as service_tier,
        $9::boolean as stream, $10::text as status, $11::smallint as http_status, $12::text as error_code,
        $13::smallint as attempts, $14::bigint as input_tokens, $15::bigint as cached_tokens,
        $16::bigint as cache_write_tokens, $17::bigint as audio_input_tokens, $18::bigint as output_tokens,
        $19::bigint as reasoning_tokens, $20::bigint as audio_output_tokens, $21::bigint as retried_input_tokens,
        $22::bigint as retried_output_tokens, $23::bigint as cost_pico_usd, $24::bigint as price_id,
        $25::integer as latency_us, $26::integer as first_byte_us, $27::integer as overhead_us,
        $28::text as upstream_request_id, $29::jsonb as tags, $30::text as sdk, $31::json as raw_usage,
        $32::boolean as overrun, $33::bigint as retried_cost_pico_usd
),
closed as (
    delete from open_calls
    using call
    where open_calls.id = call.id and window_ids is null
    returning open_calls.id
),
held as (
    update open_calls
    set
        settled_at = clock_timestamp(),
        used_tokens = case
            when call.status <> 'failed' or call.cost_pico_usd is not null then call.input_tokens + call.output_tokens
        end,
        used_pico_usd = call.cost_pico_usd
    from call
    where open_calls.id = call.id and window_ids is not null and settled_at is null
    returning open_calls.id
),
ended as (
    select id from closed
    union all
    select id from held
),
recorded as (
    insert into usage_logs (
        id, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status, http_status,
        error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
        output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens,
        cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk, raw_usage,
        overrun, retried_cost_pico_usd
    )
    select
        ended.id, call.started_at, call.key_id, call.user_label, call.endpoint, call.model, call.served_model,
        call.service_tier, call.stream, call.status, call.http_status, call.error_code, call.attempts,
        call.input_tokens,
        call.input_tokens - call.cached_tokens - call.cache_write_tokens - call.audio_input_tokens,
        call.cached_tokens, call.cache_write_tokens, call.audio_input_tokens, call.output_tokens,
        call.reasoning_tokens, call.audio_output_tokens, call.retried_input_tokens, call.retried_output_tokens,
        call.cost_pico_usd, call.price_id, call.latency_us, call.first_byte_us, call.overhead_us,
        call.upstream_request_id, call.tags, call.sdk, call.raw_usage, call.overrun, call.retried_cost_pico_usd
    from ended
    cross join call
    returning id
)
select recorded.id, exists (select from held) as is_held
from recorded
