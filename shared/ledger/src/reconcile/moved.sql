-- Calls to the provider $2 that began before one of the midnights $1 and were settled after it: the ledger has them on
-- a later day, the provider on an earlier one. No function runs longer than an hour; calls that last longer work in the
-- background, for up to 30 days, and have an index of their own. Fees come with a `tool`, apart from the models.
with entries as materialized (
    select
        (edge.midnight at time zone 'UTC')::date as day,
        coalesce(entry.served_model, entry.model) as model,
        entry.service_tier, entry.attempts, entry.status, entry.input_tokens, entry.cached_tokens, entry.output_tokens,
        entry.cost_pico_usd, entry.fees, charged.pico_usd as fees_pico_usd
    from unnest($1) as edge (midnight)
    cross join lateral (
        select
            u.served_model, u.model, u.service_tier, u.attempts, u.status, u.input_tokens, u.cached_tokens,
            u.output_tokens, u.cost_pico_usd, u.fees, u.price_id
        from usage_logs u
        where u.created_at >= edge.midnight
            and u.created_at < edge.midnight + interval '1 hour'
            and u.started_at < edge.midnight
            and u.revision = 0
            and u.key_id is not null
            and u.provider = $2
            and u.endpoint not in ({free_endpoints})
        union all
        select
            u.served_model, u.model, u.service_tier, u.attempts, u.status, u.input_tokens, u.cached_tokens,
            u.output_tokens, u.cost_pico_usd, u.fees, u.price_id
        from usage_logs u
        where u.created_at >= edge.midnight + interval '1 hour'
            and u.created_at < edge.midnight + interval '31 days'
            and u.created_at - u.started_at > interval '1 hour'
            and u.started_at < edge.midnight
            and u.revision = 0
            and u.key_id is not null
            and u.provider = $2
        offset 0
    ) as entry
    left join lateral (
        -- Fees that are part of a known cost.
        {charged_fees}
    ) as charged on entry.fees is not null
),
fees as (
    {fee_lines}
)
select
    e.day, e.model, null::text as tool, e.service_tier,
    count(*) as calls,
    count(*) filter (where e.status = 'failed') as failed_calls,
    count(*) filter (where e.status = any('{estimated,abandoned}')) as estimated_calls,
    count(*) filter (where e.cost_pico_usd is null) as unpriced_calls,
    sum(e.attempts)::bigint as attempts,
    {sums_and_fees}
