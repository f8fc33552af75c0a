-- Calls, newest first, at most $14, behind the call ($12, $13).
select
    id, created_at, started_at, user_label, key_id, endpoint, model, served_model, service_tier, stream, status,
    http_status, error_code, attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
    reasoning_tokens, cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk,
    fees, audio_input_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens, retried_cost_pico_usd,
    key_name, key_label
from usage_calls
where ($1::timestamptz is null or created_at >= $1)
    and ($2::timestamptz is null or created_at < $2)
    and ($3::text[] is null or user_label = any($3))
    and ($4::text[] is null or model = any($4))
    and ($5::uuid[] is null or key_id = any($5))
    and ($6::jsonb is null or not exists (
        select
        from jsonb_each($6) as wanted (name, allowed)
        where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
    ))
    and ($7::text[] is null or status = any($7))
    and ($8::text[] is null or endpoint = any($8))
    and ($9::smallint[] is null or http_status = any($9))
    and ($10::text[] is null or error_code = any($10))
    and ($11::text[] is null or service_tier = any($11))
    and ($12::timestamptz is null or (created_at, id) < ($12, $13))
order by created_at desc, id desc
limit $14
