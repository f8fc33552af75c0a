-- Sums per bucket and group: rollups of one cube as far as they reach, ledger rows at the ragged ends and since then.
-- One statement, so one snapshot: each row is counted on one side exactly.
--
-- `query` only names the parameters; the planner replaces each by its value.
--   dimensions: what to group by. tags: names of tags to group by; none here.
--   starts, ends: the buckets, each [start, end).
--   user_labels, models, providers, key_ids, wanted_tags, statuses, endpoints: filters; null is all. Those of tags, statuses and
--   endpoints are null here.
--   cube: the smallest cube that has all dimensions.
--   histograms: 0 none, 1 of latency, 2 all.
--   pair_labels, pair_models: labels and models of the groups wanted, pair by pair, all of which pass the filters: far
--   fewer rollups than all those labels with all those models.
--   is_series: buckets follow each other and may be put together from pieces around their edges, where the time of the
--   last call and the extremes need not be those of the bucket.
--
-- A row belongs to its bucket with its sign, and to other_bucket, if there is one, with the opposite sign.
with query as not materialized (
    select
        $1::text[] as dimensions, $2::text[] as tags, $3::timestamptz[] as starts, $4::timestamptz[] as ends,
        $5::text[] as user_labels, $6::text[] as models, $7::uuid[] as key_ids, $8::jsonb as wanted_tags,
        $9::smallint as cube, $10::smallint as histograms, $11::text[] as pair_labels, $12::text[] as pair_models,
        $13::boolean as is_series, $14::text[] as statuses, $15::text[] as endpoints, $16::text[] as providers
),
state as (
    select (select sealed_until from usage_rollup_state) as sealed_until
),
spans as materialized (
    select
        span.level, span.span_from, span.span_to, bucket.number::integer as bucket, 1::smallint as sign,
        null::integer as other_bucket, null::timestamptz[] as starts
    from query
    cross join state
    cross join unnest(query.starts, query.ends) with ordinality as bucket (bucket_from, bucket_to, number)
    cross join lateral usage_spans(bucket.bucket_from, bucket.bucket_to, state.sealed_until) as span
    where not query.is_series
    union all
    select
        piece.level, piece.span_from, piece.span_to, piece.bucket, piece.sign, piece.other_bucket, piece.starts
    from query
    cross join state
    cross join lateral usage_pieces(
        query.starts || query.ends[cardinality(query.ends)], state.sealed_until
    ) as piece
    where query.is_series
),
parts as (
    select
        coalesce(spans.bucket, width_bucket(rollup.bucket_at, spans.starts)) as bucket, spans.sign, spans.other_bucket,
        rollup.model, rollup.provider, rollup.user_label, rollup.key_id, rollup.last_call_at, {measures}
    from query
    cross join spans
    -- One row without pairs.
    cross join unnest(
        coalesce(query.pair_labels, '{null}'), coalesce(query.pair_models, '{null}')
    ) as pair (label, model)
    cross join lateral (
        select
            bucket_at, model, coalesce(provider, 'openai') as provider, user_label, key_id, last_call_at,
            {measures_needed}
        from usage_rollups r
        where r.level = spans.level
            and r.cube = query.cube
            and r.bucket_at >= spans.span_from
            and r.bucket_at < spans.span_to
            and (query.pair_labels is null or (r.user_label = pair.label and r.model = pair.model))
            and (query.user_labels is null or query.pair_labels is not null or user_label = any(query.user_labels))
            and (query.models is null or query.pair_labels is not null or model = any(query.models))
            and (query.providers is null or coalesce(provider, 'openai') = any(query.providers))
            and (query.key_ids is null or key_id = any(query.key_ids))
        -- Keeps the planner from joining the other way round.
        offset 0
    ) as rollup
    where spans.level <> {ledger_rows}
    union all
    select
        spans.bucket, spans.sign, spans.other_bucket, ledger.model, ledger.provider, ledger.user_label, ledger.key_id,
        ledger.last_call_at, {measures}
    from query
    cross join spans
    cross join lateral usage_ledger_sums(
        spans.span_from, spans.span_to, query.user_labels, query.models, query.key_ids, query.histograms,
        query.providers
    ) as ledger
    where spans.level = {ledger_rows}
)
select
    bucket::bigint as bucket,
    sign,
    other_bucket::bigint as other_bucket,
    case when 'model' = any(query.dimensions) then model end as model,
    case when 'provider' = any(query.dimensions) then provider end as provider,
    case when 'user_label' = any(query.dimensions) then user_label end as user_label,
    case when 'key' = any(query.dimensions) then key_id end as key_id,
    null as endpoint,
    null as status,
    null::jsonb as tags,
    max(last_call_at) as last_call_at,
    {sums_sent}
from query
cross join parts
-- Always true. Else the planner expects as many groups as a table of years could have, and sorts where it could hash.
where abs(sign) = 1
group by 1, 2, 3, 4, 5, 6, 7
