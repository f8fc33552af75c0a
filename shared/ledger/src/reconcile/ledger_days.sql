-- The calls to the provider $2 per day that begins at one of $1: sealed sums as far as they reach, rows since. Calls
-- with a provider key of the caller's own have no key of ours and are not on our bill; free calls are not in the
-- provider's usage. Rollups have both, so free calls are subtracted.
with spans as materialized (
    select bucket.day_from, span.level, span.span_from, span.span_to
    from unnest($1) as bucket (day_from)
    cross join lateral usage_spans(
        bucket.day_from, bucket.day_from + interval '24 hours', (select sealed_until from usage_rollup_state)
    ) as span
),
parts as (
    select
        spans.day_from, calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens,
        cached_tokens, output_tokens, cost_pico_usd
    from spans
    cross join lateral (
        select
            calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens,
            cached_tokens, output_tokens, cost_pico_usd
        from usage_rollups r
        where r.level = spans.level
            and r.cube = {finest_cube}
            and r.bucket_at >= spans.span_from
            and r.bucket_at < spans.span_to
            and r.key_id is not null
            -- Sums do not name OpenAI.
            and r.provider is not distinct from nullif($2, 'openai')
        offset 0
    ) as rollup
    where spans.level <> {ledger_rows}
    union all
    select
        spans.day_from, calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens,
        cached_tokens, output_tokens, cost_pico_usd
    from spans
    cross join lateral (
        select
            calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens,
            cached_tokens, output_tokens, cost_pico_usd
        from usage_changes c
        where c.created_at >= spans.span_from
            and c.created_at < spans.span_to
            and c.key_id is not null
            and c.provider = $2
        offset 0
    ) as change
    where spans.level = {ledger_rows}
    union all
    select
        bucket.day_from, free.calls, free.failed_calls, free.estimated_calls, free.abandoned_calls, free.unpriced_calls,
        free.attempts, 0, 0, 0, null
    from unnest($1) as bucket (day_from)
    cross join lateral (
        select
            -count(*) filter (where f.revision = 0) as calls,
            count(*) filter (where f.corrected_status = 'failed') - count(*) filter (where f.status = 'failed')
                as failed_calls,
            count(*) filter (where f.corrected_status = 'estimated') - count(*) filter (where f.status = 'estimated')
                as estimated_calls,
            count(*) filter (where f.corrected_status = 'abandoned') - count(*) filter (where f.status = 'abandoned')
                as abandoned_calls,
            -- Their cost is known, and 0.
            0 as unpriced_calls,
            -sum(f.attempts) as attempts
        from usage_logs f
        where f.endpoint in ({free_endpoints})
            and f.created_at >= bucket.day_from
            and f.created_at < bucket.day_from + interval '24 hours'
            and f.key_id is not null
            and f.provider = $2
        having count(*) > 0
    ) as free
)
select
    (day_from at time zone 'UTC')::date as day,
    null::text as model,
    null::text as tool,
    null::text as service_tier,
    sum(calls)::bigint as calls,
    sum(failed_calls)::bigint as failed_calls,
    sum(estimated_calls + abandoned_calls)::bigint as estimated_calls,
    sum(unpriced_calls)::bigint as unpriced_calls,
    sum(attempts)::bigint as attempts,
    sum(input_tokens)::bigint as input_tokens,
    sum(cached_tokens)::bigint as cached_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(cost_pico_usd)::text as cost_pico_usd
from parts
group by day_from
