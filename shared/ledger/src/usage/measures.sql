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
--   pair_labels, pair_models: labels and models of the groups wanted, pair by pair, all of which pass the filters.
--
-- What depends on where the rows come from is in sources.rs: fewer joins and columns for each of thousands of rows, and
-- less to plan.
with query as not materialized (
    select
        $1::text[] as dimensions, $2::text[] as tags, $3::timestamptz[] as starts, $4::timestamptz[] as ends,
        $5::text[] as user_labels, $6::text[] as models, $7::uuid[] as key_ids, $8::jsonb as wanted_tags,
        $9::smallint as cube, $10::smallint as histograms, $11::text[] as pair_labels, $12::text[] as pair_models,
        $13::text[] as statuses, $14::text[] as endpoints, $15::text[] as providers
),
state as (
    select (select sealed_until from usage_rollup_state) as sealed_until
),
spans as materialized (
    {spans}
),
parts as (
    select
        {rollup_bucket}, model, provider, user_label, key_id, last_call_at, {measures}
    from query
    cross join spans
    {pairs}
    cross join lateral (
        select
            bucket_at, {group_of_rollup}, last_call_at, {measures_needed}
        from usage_rollups r
        where r.level = spans.level
            and r.cube = query.cube
            and r.bucket_at >= spans.span_from
            and r.bucket_at < spans.span_to
            and {groups_wanted}
            and (query.providers is null or coalesce(provider, 'openai') = any(query.providers))
            and (query.key_ids is null or key_id = any(query.key_ids))
        -- Keeps the planner from joining the other way round.
        offset 0
    ) as rollup
    where spans.level <> {ledger_rows}
    union all
    select
        {ledger_bucket}, {group_of_ledger}, last_call_at, {measures}
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
    {signs},
    model,
    provider,
    user_label,
    key_id,
    null as endpoint,
    null as status,
    null::jsonb as tags,
    max(last_call_at) as last_call_at,
    {sums_sent}
from parts
-- The last is a constant of a type without an order: sorting rows this wide takes longer than hashing them, and the
-- planner would sort, as it expects as many groups as a table of years could have.
group by {bucket_columns}, model, provider, user_label, key_id, '0'::xid
