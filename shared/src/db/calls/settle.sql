-- Settlement: the call leaves `open_calls` and enters the ledger. Without an open row nothing happens here and
-- no row comes back: see settle_late.sql.
with closed as (
    delete from open_calls
    where id = $1
    returning id
)
insert into usage_logs (
    id, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status, http_status,
    error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
    output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens, cost_pico_usd,
    price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk, raw_usage, overrun
)
select
    closed.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
    $12, $13, $14, $14 - $15 - $16 - $17, $15, $16, $17,
    $18, $19, $20, $21, $22, $23,
    $24, $25, $26, $27, $28, $29, $30, $31, $32
from closed
returning id
