-- By how much calls cost more or less as priced now than as billed, and how many more have no known cost: per bucket
-- [$3, $4) and group, as in measures.sql. From sums where $9, else from single entries. Other than the rollups these
-- sums hold every entry, sealed or not.
with spans as materialized (
    select bucket.number as bucket, span.level, span.span_from, span.span_to
    from unnest($3, $4) with ordinality as bucket (bucket_from, bucket_to, number)
    cross join lateral usage_spans(
        bucket.bucket_from,
        bucket.bucket_to,
        case when $9 then 'infinity'::timestamptz else '-infinity' end
    ) as span
),
parts as (
    select
        spans.bucket, s.model, s.user_label, s.key_id, null as endpoint, null as status, null::jsonb as tags,
        s.change_pico_usd, s.unpriced_change
    from spans
    join price_sums s on s.level = spans.level and s.bucket_at >= spans.span_from and s.bucket_at < spans.span_to
    where spans.level <> 9
        and ($5::text[] is null or s.user_label = any($5))
        and ($6::text[] is null or s.model = any($6))
        and ($7::uuid[] is null or s.key_id = any($7))
    union all
    select
        spans.bucket, e.model, e.user_label, e.key_id, e.endpoint, e.status, e.tags, e.change_pico_usd, e.unpriced_change
    from spans
    join price_entries e on e.created_at >= spans.span_from and e.created_at < spans.span_to
    join price_revisions r on r.id = e.revision_id and r.applied_at is not null
    where spans.level = 9
        and ($5::text[] is null or e.user_label = any($5))
        and ($6::text[] is null or e.model = any($6))
        and ($7::uuid[] is null or e.key_id = any($7))
        and ($8::jsonb is null or not exists (
            select
            from jsonb_each($8) as wanted (name, allowed)
            where not coalesce(wanted.allowed ? (e.tags ->> wanted.name), false)
        ))
)
select
    bucket,
    case when 'model' = any($1) then model end as model,
    case when 'user_label' = any($1) then user_label end as user_label,
    case when 'key' = any($1) then key_id end as key_id,
    case when 'endpoint' = any($1) then endpoint end as endpoint,
    case when 'status' = any($1) then status end as status,
    case when cardinality($2) > 0 then (select jsonb_object_agg(name, tags ->> name) from unnest($2) as name) end as tags,
    sum(change_pico_usd)::text as change_pico_usd,
    sum(unpriced_change)::bigint as unpriced_change
from parts
group by 1, 2, 3, 4, 5, 6, 7
