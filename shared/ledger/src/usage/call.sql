-- One call; $2 is the only label that may be seen, if there is one.
select
    id, created_at, started_at, user_label, key_id, endpoint, model, served_model, service_tier, stream, status,
    http_status, error_code, attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
    reasoning_tokens, cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk,
    fees, audio_input_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens, retried_cost_pico_usd,
    key_name, key_label
from usage_calls
where id = $1 and ($2::text is null or user_label = $2)
