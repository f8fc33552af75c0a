-- requires: usage_histogram
--
-- What each ledger row adds to the sums, for rollups and reports alike: the measures as `usage_rollups` has them. A
-- correction (revision > 0) holds differences: sums take it as it is, counts subtract the previous status and add the
-- new one.
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
    coalesce(retried_cost_pico_usd, 0) as retried_cost_pico_usd,
    latency_us as latency_min_us,
    latency_us as latency_max_us,
    usage_histogram(latency_us) as latency_histogram,
    first_byte_us as first_byte_min_us,
    first_byte_us as first_byte_max_us,
    usage_histogram(first_byte_us) as first_byte_histogram,
    overhead_us as overhead_min_us,
    overhead_us as overhead_max_us,
    usage_histogram(overhead_us) as overhead_histogram
from usage_logs;
