-- Makes the buckets of all time from the months. The caller has deleted them.
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
    0, cube, '-infinity', user_label, model, key_id,
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
    max(last_call_at) as last_call_at, min(latency_min_us) as latency_min_us, max(latency_max_us) as latency_max_us,
    usage_histogram_sum(latency_histogram) as latency_histogram, min(first_byte_min_us) as first_byte_min_us,
    max(first_byte_max_us) as first_byte_max_us, usage_histogram_sum(first_byte_histogram) as first_byte_histogram,
    min(overhead_min_us) as overhead_min_us, max(overhead_max_us) as overhead_max_us,
    usage_histogram_sum(overhead_histogram) as overhead_histogram
from usage_rollups
where level = 1
group by cube, user_label, model, key_id
