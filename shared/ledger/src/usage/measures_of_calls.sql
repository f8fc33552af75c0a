-- Sums per bucket and group from single calls: for tags, endpoints and statuses, which the rollups do not have. `query`
-- names the parameters of measures.sql.
with query as not materialized (
    select
        $1::text[] as dimensions, $2::text[] as tags, $3::timestamptz[] as starts, $4::timestamptz[] as ends,
        $5::text[] as user_labels, $6::text[] as models, $7::uuid[] as key_ids, $8::jsonb as wanted_tags,
        $9::smallint as cube, $10::smallint as histograms, $11::text[] as pair_labels, $12::text[] as pair_models,
        $13::boolean as is_series, $14::text[] as statuses, $15::text[] as endpoints
),
spans as (
    select bucket.number as bucket, bucket.span_from, bucket.span_to
    from query
    cross join unnest(query.starts, query.ends) with ordinality as bucket (span_from, span_to, number)
),
-- Corrections in the range that change the status, where that is grouped or filtered by.
moves as materialized (
    select
        spans.bucket, correction.id, correction.revision, correction.model, correction.user_label, correction.key_id,
        correction.endpoint, correction.status, correction.corrected_status, correction.tags,
        row_number() over (partition by spans.bucket, correction.id order by correction.revision desc) = 1 as is_last
    from query
    cross join spans
    cross join lateral (
        select id, revision, model, user_label, key_id, endpoint, status, corrected_status, tags
        from usage_changes c
        where c.created_at >= spans.span_from
            and c.created_at < spans.span_to
            and c.revision > 0
            and c.status <> c.corrected_status
            and (query.user_labels is null or user_label = any(query.user_labels))
            and (query.models is null or model = any(query.models))
            and (query.key_ids is null or key_id = any(query.key_ids))
            and (query.endpoints is null or endpoint = any(query.endpoints))
            and (query.wanted_tags is null or not exists (
                select
                from jsonb_each(query.wanted_tags) as wanted (name, allowed)
                where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
            ))
        offset 0
    ) as correction
    where 'status' = any(query.dimensions) or query.statuses is not null
),
parts as (
    select
        spans.bucket, change.model, change.user_label, change.key_id, change.endpoint, change.status, change.tags,
        change.calls, change.failed_calls, change.estimated_calls, change.abandoned_calls, change.unpriced_calls,
        change.attempts, change.input_tokens, change.cached_tokens, change.cache_write_tokens,
        change.audio_input_tokens, change.output_tokens, change.reasoning_tokens, change.audio_output_tokens,
        change.retried_input_tokens, change.retried_output_tokens, change.cost_pico_usd, change.retried_cost_pico_usd,
        -- A call that has left the status since is no longer one of that group.
        case when last_move.id is null then change.last_call_at end as last_call_at,
        change.latency_min_us, change.latency_max_us, change.latency_histogram, change.first_byte_min_us,
        change.first_byte_max_us, change.first_byte_histogram, change.overhead_min_us, change.overhead_max_us,
        change.overhead_histogram
    from query
    cross join spans
    cross join lateral (
        select
            id, revision, model, user_label, key_id, endpoint, status, tags,
            calls, failed_calls, estimated_calls, abandoned_calls, unpriced_calls, attempts, input_tokens,
            cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
            audio_output_tokens, retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd,
            created_at as last_call_at, latency_us as latency_min_us, latency_us as latency_max_us,
            case when query.histograms > 0 then usage_histogram(latency_us) end as latency_histogram,
            first_byte_us as first_byte_min_us, first_byte_us as first_byte_max_us,
            case when query.histograms > 1 then usage_histogram(first_byte_us) end as first_byte_histogram,
            overhead_us as overhead_min_us, overhead_us as overhead_max_us,
            case when query.histograms > 1 then usage_histogram(overhead_us) end as overhead_histogram
        from usage_changes c
        where c.created_at >= spans.span_from
            and c.created_at < spans.span_to
            and (query.user_labels is null or user_label = any(query.user_labels))
            and (query.models is null or model = any(query.models))
            and (query.key_ids is null or key_id = any(query.key_ids))
            and (query.endpoints is null or endpoint = any(query.endpoints))
            and (query.wanted_tags is null or not exists (
                select
                from jsonb_each(query.wanted_tags) as wanted (name, allowed)
                where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
            ))
        offset 0
    ) as change
    left join moves last_move
        on last_move.bucket = spans.bucket
            and last_move.id = change.id
            and last_move.revision > change.revision
            and last_move.is_last
    union all
    -- A correction that changes the status takes all that the call had before along to the new one. Its own row has
    -- its time.
    select
        moved.bucket, moved.model, moved.user_label, moved.key_id, moved.endpoint, turn.status, moved.tags,
        turn.sign * prior.calls as calls, turn.sign * prior.failed_calls as failed_calls,
        turn.sign * prior.estimated_calls as estimated_calls, turn.sign * prior.abandoned_calls as abandoned_calls,
        turn.sign * prior.unpriced_calls as unpriced_calls, turn.sign * prior.attempts as attempts,
        turn.sign * prior.input_tokens as input_tokens, turn.sign * prior.cached_tokens as cached_tokens,
        turn.sign * prior.cache_write_tokens as cache_write_tokens,
        turn.sign * prior.audio_input_tokens as audio_input_tokens, turn.sign * prior.output_tokens as output_tokens,
        turn.sign * prior.reasoning_tokens as reasoning_tokens,
        turn.sign * prior.audio_output_tokens as audio_output_tokens,
        turn.sign * prior.retried_input_tokens as retried_input_tokens,
        turn.sign * prior.retried_output_tokens as retried_output_tokens,
        turn.sign * prior.cost_pico_usd as cost_pico_usd,
        turn.sign * prior.retried_cost_pico_usd as retried_cost_pico_usd, null::timestamptz as last_call_at,
        prior.latency_min_us, prior.latency_max_us, turn.sign * prior.latency_histogram as latency_histogram,
        prior.first_byte_min_us, prior.first_byte_max_us, turn.sign * prior.first_byte_histogram as first_byte_histogram,
        prior.overhead_min_us, prior.overhead_max_us, turn.sign * prior.overhead_histogram as overhead_histogram
    from moves moved
    cross join lateral (
        select
            sum(calls)::bigint as calls, sum(failed_calls)::bigint as failed_calls,
            sum(estimated_calls)::bigint as estimated_calls, sum(abandoned_calls)::bigint as abandoned_calls,
            sum(unpriced_calls)::bigint as unpriced_calls, sum(attempts)::bigint as attempts,
            sum(input_tokens)::bigint as input_tokens, sum(cached_tokens)::bigint as cached_tokens,
            sum(cache_write_tokens)::bigint as cache_write_tokens,
            sum(audio_input_tokens)::bigint as audio_input_tokens, sum(output_tokens)::bigint as output_tokens,
            sum(reasoning_tokens)::bigint as reasoning_tokens,
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
        from usage_changes earlier
        where earlier.id = moved.id and earlier.revision < moved.revision
    ) as prior
    cross join lateral (values (-1, moved.corrected_status), (1, moved.status)) as turn (sign, status)
)
select
    bucket,
    case when 'model' = any(query.dimensions) then model end as model,
    case when 'user_label' = any(query.dimensions) then user_label end as user_label,
    case when 'key' = any(query.dimensions) then key_id end as key_id,
    case when 'endpoint' = any(query.dimensions) then endpoint end as endpoint,
    case when 'status' = any(query.dimensions) then status end as status,
    case
        when cardinality(query.tags) > 0
            then (select jsonb_object_agg(name, parts.tags ->> name) from unnest(query.tags) as name)
    end as tags,
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
where query.statuses is null or parts.status = any(query.statuses)
group by 1, 2, 3, 4, 5, 6, 7
