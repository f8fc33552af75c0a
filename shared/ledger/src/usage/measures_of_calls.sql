-- Sums per bucket and group from single calls: for tags, endpoints and statuses, which the rollups do not have. `query`
-- names the parameters of measures.sql.
with query as not materialized (
    select
        $1::text[] as dimensions, $2::text[] as tags, $3::timestamptz[] as starts, $4::timestamptz[] as ends,
        $5::text[] as user_labels, $6::text[] as models, $7::uuid[] as key_ids, $8::jsonb as wanted_tags,
        $9::smallint as cube, $10::smallint as histograms, $11::text[] as pair_labels, $12::text[] as pair_models,
        $13::text[] as statuses, $14::text[] as endpoints, $15::text[] as providers
),
spans as (
    select bucket.number as bucket, bucket.span_from, bucket.span_to
    from query
    cross join unnest(query.starts, query.ends) with ordinality as bucket (span_from, span_to, number)
),
-- Corrections in the range that change the status, where that is grouped or filtered by.
moves as materialized (
    select
        spans.bucket, correction.id, correction.revision, correction.model, correction.provider, correction.user_label, correction.key_id,
        correction.endpoint, correction.status, correction.corrected_status, correction.tags,
        row_number() over (partition by spans.bucket, correction.id order by correction.revision desc) = 1 as is_last
    from query
    cross join spans
    cross join lateral (
        select id, revision, model, provider, user_label, key_id, endpoint, status, corrected_status, tags
        from usage_changes c
        where c.created_at >= spans.span_from
            and c.created_at < spans.span_to
            and c.revision > 0
            and c.status <> c.corrected_status
            and {query_filter}
        offset 0
    ) as correction
    where 'status' = any(query.dimensions) or query.statuses is not null
),
parts as (
    select
        spans.bucket, change.model, change.provider, change.user_label, change.key_id, change.endpoint, change.status, change.tags,
        -- A call that has left the status since is no longer one of that group.
        case when last_move.id is null then change.last_call_at end as last_call_at,
        {measures}
    from query
    cross join spans
    cross join lateral (
        select
            id, revision, model, provider, user_label, key_id, endpoint, status, tags, created_at as last_call_at,
            {measures_needed}
        from usage_changes c
        where c.created_at >= spans.span_from
            and c.created_at < spans.span_to
            and {query_filter}
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
        moved.bucket, moved.model, moved.provider, moved.user_label, moved.key_id, moved.endpoint, turn.status, moved.tags,
        null::timestamptz as last_call_at,
        {measures_signed}
    from moves moved
    cross join lateral (
        select {sums}
        from usage_changes earlier
        where earlier.id = moved.id and earlier.revision < moved.revision
    ) as prior
    cross join lateral (values (-1, moved.corrected_status), (1, moved.status)) as turn (sign, status)
)
select
    bucket,
    1::smallint as sign,
    null::bigint as other_bucket,
    {group_columns},
    max(last_call_at) as last_call_at,
    {sums_sent}
from query
cross join parts
where query.statuses is null or parts.status = any(query.statuses)
group by 1, 4, 5, 6, 7, 8, 9, 10
