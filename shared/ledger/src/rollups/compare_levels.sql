-- Compares every bucket of level $3 in [$1, $2), whole ones of the unit $5, with those of level $4 and cube 0 that it
-- is made of, in all cubes; where both levels are the same, the groups of cube 1 to 3. Keeps what differs.
with parts as (
    select
        cube.cube, at.bucket_at,
        case when cube.cube in (0, 1) then r.user_label end as user_label,
        case when cube.cube in (0, 2) then r.model end as model,
        case when cube.cube = 0 then r.key_id end as key_id,
        calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
        cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
        retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
        latency_min_us, latency_max_us, latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram,
        overhead_min_us, overhead_max_us, overhead_histogram
    from usage_rollups r
    cross join (values (0), (1), (2), (3)) as cube (cube)
    cross join lateral (
        select case when $3::smallint = 0 then '-infinity' else date_trunc($5, r.bucket_at, 'UTC') end as bucket_at
    ) as at
    where r.level = $4 and r.cube = 0 and r.bucket_at >= $1 and r.bucket_at < $2
),
expected as (
    select
        cube, bucket_at, user_label, model, key_id,
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
    from parts
    group by cube, bucket_at, user_label, model, key_id
),
actual as (
    select
        cube::integer as cube, bucket_at, user_label, model, key_id,
        calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens, cached_tokens,
        cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
        retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, last_call_at,
        latency_min_us, latency_max_us,
        latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, overhead_min_us,
        overhead_max_us, overhead_histogram
    from usage_rollups
    where level = $3 and ($3 = 0 or (bucket_at >= $1 and bucket_at < $2))
),
sides as (
    select true as is_actual, cube, bucket_at, user_label, model, key_id, to_jsonb(actual) as sums
    from actual
    union all
    select false, cube, bucket_at, user_label, model, key_id, to_jsonb(expected)
    from expected
)
insert into usage_rollup_differences (level, cube, bucket_at, user_label, model, key_id, rollup, ledger)
select
    $3, cube, bucket_at, user_label, model, key_id,
    (array_agg(sums) filter (where is_actual))[1],
    (array_agg(sums) filter (where not is_actual))[1]
from sides
group by cube, bucket_at, user_label, model, key_id
having count(*) <> 2 or count(distinct sums) <> 1
on conflict (level, cube, user_label, model, key_id, bucket_at) do update set
    found_at = excluded.found_at,
    rollup = excluded.rollup,
    ledger = excluded.ledger
returning level
