-- Adds the ledger rows of [$1, $2) to the rollups of every level: those of a quarter of an hour from the ledger, those
-- of the larger buckets from them. The caller holds the state's row and moves sealed_until from $1 to $2 with it.
with base as materialized (
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
cubes as materialized (
    select
        bucket_at,
        (grouping(user_label) * 2 + grouping(model))::smallint as cube,
        user_label,
        model,
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
        max(last_call_at) as last_call_at, min(latency_min_us) as latency_min_us,
        max(latency_max_us) as latency_max_us, usage_histogram_sum(latency_histogram) as latency_histogram,
        min(first_byte_min_us) as first_byte_min_us, max(first_byte_max_us) as first_byte_max_us,
        usage_histogram_sum(first_byte_histogram) as first_byte_histogram, min(overhead_min_us) as overhead_min_us,
        max(overhead_max_us) as overhead_max_us, usage_histogram_sum(overhead_histogram) as overhead_histogram
    from base
    group by grouping sets ((bucket_at, user_label), (bucket_at, model), (bucket_at))
),
quarters as (
    select
        0 as cube, bucket_at, user_label, model, key_id,
        calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
        cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
        retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
        latency_min_us, latency_max_us,
        latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us,
        overhead_max_us, overhead_histogram
    from base
    union all
    select
        cube, bucket_at, user_label, model, null,
        calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
        cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
        retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
        latency_min_us, latency_max_us,
        latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us,
        overhead_max_us, overhead_histogram
    from cubes
),
larger as (
    select
        hour_at,
        day_at,
        month_at,
        grouping(hour_at, day_at, month_at) as kept,
        cube,
        user_label,
        model,
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
        max(last_call_at) as last_call_at, min(latency_min_us) as latency_min_us,
        max(latency_max_us) as latency_max_us, usage_histogram_sum(latency_histogram) as latency_histogram,
        min(first_byte_min_us) as first_byte_min_us, max(first_byte_max_us) as first_byte_max_us,
        usage_histogram_sum(first_byte_histogram) as first_byte_histogram, min(overhead_min_us) as overhead_min_us,
        max(overhead_max_us) as overhead_max_us, usage_histogram_sum(overhead_histogram) as overhead_histogram
    from quarters
    cross join lateral (select bucket_at at time zone 'UTC' as utc) as at
    cross join lateral (
        select
            date_trunc('hour', utc) at time zone 'UTC' as hour_at,
            date_trunc('day', utc) at time zone 'UTC' as day_at,
            date_trunc('month', utc) at time zone 'UTC' as month_at
    ) as bucket
    group by grouping sets (
        (hour_at, cube, user_label, model, key_id),
        (day_at, cube, user_label, model, key_id),
        (month_at, cube, user_label, model, key_id),
        (cube, user_label, model, key_id)
    )
)
insert into usage_rollups as r (
    level, cube, bucket_at, user_label, model, key_id,
    calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
    cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
    retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
    latency_min_us, latency_max_us,
    latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us, overhead_max_us,
    overhead_histogram
)
select
    4, cube, bucket_at, user_label, model, key_id,
    calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
    cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
    retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
    latency_min_us, latency_max_us,
    latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us, overhead_max_us,
    overhead_histogram
from quarters
union all
select
    -- Which of hour, day and month the grouping set left in.
    case kept when 3 then 3 when 5 then 2 when 6 then 1 else 0 end,
    cube, coalesce(hour_at, day_at, month_at, '-infinity'), user_label, model, key_id,
    calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
    cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
    retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
    latency_min_us, latency_max_us,
    latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us, overhead_max_us,
    overhead_histogram
from larger
on conflict (level, cube, user_label, model, key_id, bucket_at) do update set
    calls = r.calls + excluded.calls, failed_calls = r.failed_calls + excluded.failed_calls,
    estimated_calls = r.estimated_calls + excluded.estimated_calls,
    abandoned_calls = r.abandoned_calls + excluded.abandoned_calls,
    unpriced_calls = r.unpriced_calls + excluded.unpriced_calls, attempts = r.attempts + excluded.attempts,
    input_tokens = r.input_tokens + excluded.input_tokens, cached_tokens = r.cached_tokens + excluded.cached_tokens,
    cache_write_tokens = r.cache_write_tokens + excluded.cache_write_tokens,
    audio_input_tokens = r.audio_input_tokens + excluded.audio_input_tokens,
    output_tokens = r.output_tokens + excluded.output_tokens,
    reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
    audio_output_tokens = r.audio_output_tokens + excluded.audio_output_tokens,
    retried_input_tokens = r.retried_input_tokens + excluded.retried_input_tokens,
    retried_output_tokens = r.retried_output_tokens + excluded.retried_output_tokens,
    cost_pico_usd = coalesce(r.cost_pico_usd + excluded.cost_pico_usd, r.cost_pico_usd, excluded.cost_pico_usd),
    retried_cost_pico_usd = r.retried_cost_pico_usd + excluded.retried_cost_pico_usd,
    last_call_at = greatest(r.last_call_at, excluded.last_call_at),
    latency_min_us = least(r.latency_min_us, excluded.latency_min_us),
    latency_max_us = greatest(r.latency_max_us, excluded.latency_max_us),
    latency_histogram = coalesce(r.latency_histogram + excluded.latency_histogram, r.latency_histogram, excluded.latency_histogram),
    first_byte_min_us = least(r.first_byte_min_us, excluded.first_byte_min_us),
    first_byte_max_us = greatest(r.first_byte_max_us, excluded.first_byte_max_us),
    first_byte_histogram = coalesce(r.first_byte_histogram + excluded.first_byte_histogram, r.first_byte_histogram, excluded.first_byte_histogram),
    overhead_min_us = least(r.overhead_min_us, excluded.overhead_min_us),
    overhead_max_us = greatest(r.overhead_max_us, excluded.overhead_max_us),
    overhead_histogram = coalesce(r.overhead_histogram + excluded.overhead_histogram, r.overhead_histogram, excluded.overhead_histogram)
