-- Sums per bucket and group: rollups of one cube as far as they reach, ledger rows at the ragged ends and since then.
-- One statement, so one snapshot: each row is counted on one side exactly.
--
-- `query` only names the parameters; the planner replaces each by its value.
--   dimensions: what to group by. tags: names of tags to group by; none here.
--   starts, ends: the buckets, each [start, end).
--   user_labels, models, key_ids, wanted_tags, statuses, endpoints: filters; null is all. Those of tags, statuses and
--   endpoints are null here.
--   cube: the smallest cube that has all dimensions.
--   histograms: 0 none, 1 of latency, 2 all.
--   pair_labels, pair_models: labels and models of the groups wanted, pair by pair: far fewer rollups than all those
--   labels with all those models.
--   is_series: buckets may be put together from what lies around them, where the time of the last call and the extremes
--   need not be those of the bucket.
-- Level 9 of the spans is no rollup: it means ledger rows.
with query as not materialized (
    select
        $1::text[] as dimensions, $2::text[] as tags, $3::timestamptz[] as starts, $4::timestamptz[] as ends,
        $5::text[] as user_labels, $6::text[] as models, $7::uuid[] as key_ids, $8::jsonb as wanted_tags,
        $9::smallint as cube, $10::smallint as histograms, $11::text[] as pair_labels, $12::text[] as pair_models,
        $13::boolean as is_series, $14::text[] as statuses, $15::text[] as endpoints
),
buckets as (
    select
        bucket.number, bucket.bucket_from, bucket.bucket_to,
        (select sealed_until from usage_rollup_state) as sealed_until
    from query
    cross join unnest(query.starts, query.ends) with ordinality as bucket (bucket_from, bucket_to, number)
),
spans as materialized (
    select b.number as bucket, span.level, 1::smallint as sign, span.span_from, span.span_to
    from buckets b
    cross join lateral usage_spans(b.bucket_from, b.bucket_to, b.sealed_until) as span
    cross join query
    where not query.is_series
    union all
    select b.number, span.level, span.sign, span.span_from, span.span_to
    from buckets b
    cross join lateral usage_spans_around(b.bucket_from, b.bucket_to, b.sealed_until) as span
    cross join query
    where query.is_series
),
parts as (
    select
        spans.bucket, rollup.model, rollup.user_label, rollup.key_id,
        spans.sign * rollup.calls as calls, spans.sign * rollup.failed_calls as failed_calls,
        spans.sign * rollup.estimated_calls as estimated_calls,
        spans.sign * rollup.abandoned_calls as abandoned_calls, spans.sign * rollup.unpriced_calls as unpriced_calls,
        spans.sign * rollup.attempts as attempts, spans.sign * rollup.input_tokens as input_tokens,
        spans.sign * rollup.cached_tokens as cached_tokens,
        spans.sign * rollup.cache_write_tokens as cache_write_tokens,
        spans.sign * rollup.audio_input_tokens as audio_input_tokens,
        spans.sign * rollup.output_tokens as output_tokens, spans.sign * rollup.reasoning_tokens as reasoning_tokens,
        spans.sign * rollup.audio_output_tokens as audio_output_tokens,
        spans.sign * rollup.retried_input_tokens as retried_input_tokens,
        spans.sign * rollup.retried_output_tokens as retried_output_tokens,
        spans.sign * rollup.cost_pico_usd as cost_pico_usd,
        spans.sign * rollup.retried_cost_pico_usd as retried_cost_pico_usd,
        case when spans.sign > 0 then rollup.last_call_at end as last_call_at,
        case when spans.sign > 0 then rollup.latency_min_us end as latency_min_us,
        case when spans.sign > 0 then rollup.latency_max_us end as latency_max_us,
        case when spans.sign > 0 then rollup.latency_histogram else -rollup.latency_histogram end as latency_histogram,
        case when spans.sign > 0 then rollup.first_byte_min_us end as first_byte_min_us,
        case when spans.sign > 0 then rollup.first_byte_max_us end as first_byte_max_us,
        case when spans.sign > 0 then rollup.first_byte_histogram else -rollup.first_byte_histogram end as first_byte_histogram,
        case when spans.sign > 0 then rollup.overhead_min_us end as overhead_min_us,
        case when spans.sign > 0 then rollup.overhead_max_us end as overhead_max_us,
        case when spans.sign > 0 then rollup.overhead_histogram else -rollup.overhead_histogram end as overhead_histogram
    from query
    cross join spans
    cross join lateral (
        select
            model, user_label, key_id,
            calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens,
            cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
            audio_output_tokens, retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd,
            last_call_at,
            latency_min_us, latency_max_us,
            case when query.histograms > 0 then latency_histogram end as latency_histogram,
            first_byte_min_us, first_byte_max_us,
            case when query.histograms > 1 then first_byte_histogram end as first_byte_histogram,
            overhead_min_us, overhead_max_us,
            case when query.histograms > 1 then overhead_histogram end as overhead_histogram
        from usage_rollups r
        where r.level = spans.level
            and r.cube = query.cube
            and r.bucket_at >= spans.span_from
            and r.bucket_at < spans.span_to
            and (query.user_labels is null or user_label = any(query.user_labels))
            and (query.models is null or model = any(query.models))
            and (query.key_ids is null or key_id = any(query.key_ids))
            and (
                query.pair_labels is null
                or (user_label, model) in (
                    select label, name
                    from unnest(query.pair_labels, query.pair_models) as wanted (label, name)
                )
            )
        -- Keeps the planner from joining the other way round.
        offset 0
    ) as rollup
    where spans.level <> 9
    union all
    select
        spans.bucket, ledger.model, ledger.user_label, ledger.key_id,
        ledger.calls, ledger.failed_calls, ledger.estimated_calls, ledger.abandoned_calls, ledger.unpriced_calls,
        ledger.attempts, ledger.input_tokens, ledger.cached_tokens, ledger.cache_write_tokens,
        ledger.audio_input_tokens, ledger.output_tokens, ledger.reasoning_tokens, ledger.audio_output_tokens,
        ledger.retried_input_tokens, ledger.retried_output_tokens, ledger.cost_pico_usd, ledger.retried_cost_pico_usd,
        ledger.last_call_at, ledger.latency_min_us, ledger.latency_max_us, ledger.latency_histogram,
        ledger.first_byte_min_us, ledger.first_byte_max_us, ledger.first_byte_histogram, ledger.overhead_min_us,
        ledger.overhead_max_us, ledger.overhead_histogram
    from query
    cross join spans
    cross join lateral usage_ledger_sums(
        spans.span_from, spans.span_to, query.user_labels, query.models, query.key_ids, query.histograms
    ) as ledger
    where spans.level = 9
)
select
    bucket,
    case when 'model' = any(query.dimensions) then model end as model,
    case when 'user_label' = any(query.dimensions) then user_label end as user_label,
    case when 'key' = any(query.dimensions) then key_id end as key_id,
    null as endpoint,
    null as status,
    null::jsonb as tags,
    sum(calls)::bigint as calls, sum(failed_calls)::bigint as failed_calls,
    sum(estimated_calls)::bigint as estimated_calls, sum(abandoned_calls)::bigint as abandoned_calls,
    sum(unpriced_calls)::bigint as unpriced_calls, sum(attempts)::bigint as attempts,
    sum(input_tokens)::bigint as input_tokens, sum(cached_tokens)::bigint as cached_tokens,
    sum(cache_write_tokens)::bigint as cache_write_tokens, sum(audio_input_tokens)::bigint as audio_input_tokens,
    sum(output_tokens)::bigint as output_tokens, sum(reasoning_tokens)::bigint as reasoning_tokens,
    sum(audio_output_tokens)::bigint as audio_output_tokens,
    sum(retried_input_tokens)::bigint as retried_input_tokens,
    sum(retried_output_tokens)::bigint as retried_output_tokens, sum(cost_pico_usd)::text as cost_pico_usd,
    sum(retried_cost_pico_usd)::text as retried_cost_pico_usd,
    max(last_call_at) as last_call_at, min(latency_min_us) as latency_min_us, max(latency_max_us) as latency_max_us,
    usage_histogram_sum(latency_histogram) as latency_histogram, min(first_byte_min_us) as first_byte_min_us,
    max(first_byte_max_us) as first_byte_max_us, usage_histogram_sum(first_byte_histogram) as first_byte_histogram,
    min(overhead_min_us) as overhead_min_us, max(overhead_max_us) as overhead_max_us,
    usage_histogram_sum(overhead_histogram) as overhead_histogram
from query
cross join parts
group by 1, 2, 3, 4
