-- Compares the quarters of an hour in [$1, $2) with the ledger and keeps what differs. The caller holds the state's
-- row.
with ledger as (
    select
        date_bin('15 minutes', created_at, 'epoch') as bucket_at,
        user_label collate "C" as user_label,
        model collate "C" as model,
        key_id,
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
        max(first_byte_us) as first_byte_max_us, usage_histogram_sum(usage_histogram(first_byte_us)) as first_byte_histogram,
        min(overhead_us) as overhead_min_us, max(overhead_us) as overhead_max_us,
        usage_histogram_sum(usage_histogram(overhead_us)) as overhead_histogram
    from usage_changes
    where created_at >= $1 and created_at < $2
    group by 1, 2, 3, 4
),
rollup as (
    select
        bucket_at, user_label, model, key_id,
        calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
        cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
        retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
        latency_min_us, latency_max_us,
        latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us,
        overhead_max_us, overhead_histogram
    from usage_rollups
    where level = 4 and cube = 0 and bucket_at >= $1 and bucket_at < $2
),
sides as (
    select true as is_rollup, bucket_at, user_label, model, key_id, to_jsonb(rollup) as sums
    from rollup
    union all
    select false, bucket_at, user_label, model, key_id, to_jsonb(ledger)
    from ledger
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, key_id, rollup, ledger)
select
    4, 0, bucket_at, user_label, model, key_id,
    (array_agg(sums) filter (where is_rollup))[1],
    (array_agg(sums) filter (where not is_rollup))[1]
from sides
group by bucket_at, user_label, model, key_id
having count(*) <> 2 or count(distinct sums) <> 1
on conflict (level, cube, user_label, model, key_id, bucket_at) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
