-- By how much calls cost more or less as priced now than as billed, and how many more have no known cost: per bucket
-- and group. From sums where has_sums, else from single entries. Other than the rollups these sums hold every entry,
-- sealed or not. `query` only names the parameters, as in measures.sql.
with query as not materialized (
    select
        $1::text[] as dimensions, $2::text[] as tags, $3::timestamptz[] as starts, $4::timestamptz[] as ends,
        $5::text[] as user_labels, $6::text[] as models, $7::uuid[] as key_ids, $8::jsonb as wanted_tags,
        $9::boolean as has_sums, $10::text[] as statuses, $11::text[] as endpoints,
        $12::text[] as providers
),
spans as materialized (
    select bucket.number as bucket, span.level, span.span_from, span.span_to
    from query
    cross join unnest(query.starts, query.ends) with ordinality as bucket (bucket_from, bucket_to, number)
    cross join lateral usage_spans(
        bucket.bucket_from,
        bucket.bucket_to,
        case when query.has_sums then 'infinity'::timestamptz else '-infinity' end
    ) as span
),
parts as (
    select
        spans.bucket, s.model, coalesce(s.provider, 'openai') as provider, s.user_label, s.key_id, null as endpoint, null as status, null::jsonb as tags,
        s.change_pico_usd, s.unpriced_change
    from query
    cross join spans
    join price_sums s on s.level = spans.level and s.bucket_at >= spans.span_from and s.bucket_at < spans.span_to
    where spans.level <> {ledger_rows}
        and (query.user_labels is null or s.user_label = any(query.user_labels))
        and (query.models is null or s.model = any(query.models))
        and (query.providers is null or coalesce(s.provider, 'openai') = any(query.providers))
        and (query.key_ids is null or s.key_id = any(query.key_ids))
    union all
    select
        spans.bucket, e.model, e.provider, e.user_label, e.key_id, e.endpoint, e.status, e.tags, e.change_pico_usd, e.unpriced_change
    from query
    cross join spans
    join price_entries e on e.created_at >= spans.span_from and e.created_at < spans.span_to
    join price_revisions r on r.id = e.revision_id and r.applied_at is not null
    where spans.level = {ledger_rows}
        and (query.user_labels is null or e.user_label = any(query.user_labels))
        and (query.models is null or e.model = any(query.models))
        and (query.providers is null or e.provider = any(query.providers))
        and (query.key_ids is null or e.key_id = any(query.key_ids))
        and (query.statuses is null or e.status = any(query.statuses))
        and (query.endpoints is null or e.endpoint = any(query.endpoints))
        and (query.wanted_tags is null or not exists (
            select
            from jsonb_each(query.wanted_tags) as wanted (name, allowed)
            where not coalesce(wanted.allowed ? (e.tags ->> wanted.name), false)
        ))
)
select
    bucket,
    {group_columns},
    sum(change_pico_usd)::text as change_pico_usd,
    sum(unpriced_change)::bigint as unpriced_change
from query
cross join parts
group by 1, 2, 3, 4, 5, 6, 7, 8
