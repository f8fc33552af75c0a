-- Calls past their deadline whose function never settled them: recorded with their bounds as an estimate.
-- Those that hold reservations stay until they are released, as in settlement.
with due as materialized (
    select
        id, opened_at, key_id, user_label, endpoint, model, service_tier, stream, input_bound_tokens, output_bound_tokens,
        reserved_pico_usd, tags, sdk, provider
    from open_calls
    where deadline_at < clock_timestamp() and settled_at is null
    order by deadline_at
    limit 1000
    for update skip locked
),
closed as (
    delete from open_calls
    where id in (select id from due) and window_ids is null
),
held as (
    update open_calls
    set settled_at = clock_timestamp()
    where id in (select id from due) and window_ids is not null
)
insert into usage_logs (
    id, started_at, key_id, user_label, endpoint, model, service_tier, stream, status, error_code, attempts,
    input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
    reasoning_tokens, audio_output_tokens, cost_pico_usd, tags, sdk, retried_cost_pico_usd, provider
)
select
    id, opened_at, key_id, user_label, endpoint, model, service_tier, stream, 'abandoned', 'abandoned', 1,
    input_bound_tokens, input_bound_tokens, 0, 0, 0, coalesce(output_bound_tokens, 0),
    0, 0, reserved_pico_usd, tags, sdk, 0, provider
from due
returning id
