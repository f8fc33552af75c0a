-- Settlement: the call enters the ledger and leaves `open_calls`. One that holds reservations stays there until they
-- are released, in a statement of its own: a hot row of a limit must not be locked while the ledger is flushed.
-- Without an open row nothing happens here and no row comes back: see settle_late.sql.
with closed as (
    delete from open_calls
    where id = $1 and window_ids is null
    returning id
),
held as (
    update open_calls
    set
        settled_at = clock_timestamp(),
        -- A call that failed at an unknown cost may have used anything up to its bound.
        used_tokens = case when $10 <> 'failed' or $23 is not null then $14 + $18 end,
        used_pico_usd = $23
    where id = $1 and window_ids is not null and settled_at is null
    returning id
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
        ended.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
        $12, $13, $14, $14 - $15 - $16 - $17, $15, $16, $17,
        $18, $19, $20, $21, $22,
        $23, $24, $25, $26, $27, $28, $29, $30, $31,
        $32, $33
    from ended
    returning id
)
-- A limit made since admission has the call hold what its function does not know of.
select recorded.id, exists (select from held) as is_held
from recorded
