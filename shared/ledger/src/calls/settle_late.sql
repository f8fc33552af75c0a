-- Settlement of a call whose open row is gone. Either the row was lost with a crashed database, and the ledger
-- knows nothing: the call is recorded. Or the sweeper was first: the truth is appended as a correction, which holds
-- the differences to the abandoned row. Or this settlement was here before: nothing changes.
with known as (
    select
        revision, status, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
        output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens, cost_pico_usd,
        retried_cost_pico_usd
    from usage_logs
    where id = $1
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
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
        $12, $13, $14, $14 - $15 - $16 - $17, $15, $16, $17,
        $18, $19, $20, $21, $22,
        $23, $24, $25, $26, $27, $28, $29, $30, $31,
        $32, $33
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
        retried_cost_pico_usd
    )
    select
        $1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
        $11, $12, $13 - k.attempts, $14 - k.input_tokens, $14 - $15 - $16 - $17 - k.uncached_tokens,
        $15 - k.cached_tokens, $16 - k.cache_write_tokens,
        $17 - k.audio_input_tokens, $18 - k.output_tokens, $19 - k.reasoning_tokens, $20 - k.audio_output_tokens,
        $21 - k.retried_input_tokens,
        -- Where the truth has no known cost, the estimate is taken back.
        $22 - k.retried_output_tokens, coalesce($23, 0) - coalesce(k.cost_pico_usd, 0), $24, $25, $26, $27, $28,
        $29, $30, $31, $32, k.status, ($23 is null)::int - (k.cost_pico_usd is null)::int,
        $33 - coalesce(k.retried_cost_pico_usd, 0)
    from known k
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
