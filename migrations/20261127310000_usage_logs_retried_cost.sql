-- What the attempts of a call cost that failed and were tried again: inside cost_pico_usd. Null is unknown, as in rows from
-- before; where no such attempt reported tokens there was nothing to pay.
alter table usage_logs add column retried_cost_pico_usd bigint;

alter table usage_logs
add constraint usage_logs_retried_cost_pico_usd_check
check (revision > 0 or retried_cost_pico_usd between 0 and cost_pico_usd) not valid;

-- Of the attempts whose cost is known, so that what was summed before holds without being written anew.
alter table usage_rollups add column retried_cost_pico_usd numeric not null default 0;

create or replace view usage_changes as
select
    id,
    revision,
    created_at,
    user_label,
    model,
    key_id,
    endpoint,
    status,
    corrected_status,
    tags,
    (revision = 0)::integer as calls,
    (status = 'failed')::integer - (corrected_status is not distinct from 'failed')::integer as failed_calls,
    (status = 'estimated')::integer - (corrected_status is not distinct from 'estimated')::integer as estimated_calls,
    (status = 'abandoned')::integer - (corrected_status is not distinct from 'abandoned')::integer as abandoned_calls,
    (cost_pico_usd is null)::integer + unpriced_change as unpriced_calls,
    attempts,
    input_tokens,
    cached_tokens,
    cache_write_tokens,
    audio_input_tokens,
    output_tokens,
    reasoning_tokens,
    audio_output_tokens,
    retried_input_tokens,
    retried_output_tokens,
    cost_pico_usd,
    latency_us,
    first_byte_us,
    overhead_us,
    coalesce(retried_cost_pico_usd, 0) as retried_cost_pico_usd
from usage_logs;
