-- Makes the quarters of an hour in [$1, $2) from the ledger. The caller has deleted them.
insert into usage_rollups (
    level, cube, bucket_at, user_label, model, key_id,
    calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
    cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
    retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
    latency_min_us, latency_max_us,
    latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us, overhead_max_us,
    overhead_histogram
)
select
    4, 0, date_bin('15 minutes', created_at, 'epoch') as bucket_at, user_label collate "C" as user_label,
    model collate "C" as model, key_id,
    sum(calls)::bigint as calls, sum(failed_calls)::bigint as failed_calls,
    sum(estimated_calls)::bigint as estimated_calls, sum(abandoned_calls)::bigint as abandoned_calls,
    sum(unpriced_calls)::bigint as unpriced_calls, sum(attempts)::bigint as attempts,
    sum(input_tokens)::bigint as input_tokens, sum(cached_tokens)::bigint as cached_tokens,
    sum(cache_write_tokens)::bigint as cache_write_tokens, sum(audio_input_tokens)::bigint as audio_input_tokens,
    sum(output_tokens)::bigint as output_tokens, sum(reasoning_tokens)::bigint as reasoning_tokens,
    sum(audio_output_tokens)::bigint as audio_output_tokens,
    sum(retried_input_tokens)::bigint as retried_input_tokens,
    sum(retried_output_tokens)::bigint as retried_output_tokens, sum(cost_pico_usd) as cost_pico_usd,
    sum(retried_cost_pico_usd) as retried_cost_pico_usd,
    max(created_at) as last_call_at, min(latency_us) as latency_min_us, max(latency_us) as latency_max_us,
    usage_histogram_sum(usage_histogram(latency_us)) as latency_histogram, min(first_byte_us) as first_byte_min_us,
    max(first_byte_us) as first_byte_max_us,
    usage_histogram_sum(usage_histogram(first_byte_us)) as first_byte_histogram,
    min(overhead_us) as overhead_min_us, max(overhead_us) as overhead_max_us,
    usage_histogram_sum(usage_histogram(overhead_us)) as overhead_histogram
from usage_changes
where created_at >= $1 and created_at < $2
group by 3, 4, 5, 6
