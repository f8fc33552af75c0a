-- The ledger's rows of the provider $3 in a range per day, model that served and tier, which the sealed sums do not
-- know. The provider bills tools in line items of their own, so fees are taken out of the cost of models and come with
-- a `tool` instead of a model. A correction goes where its call is, and the call where its correction says it was
-- served: both ask the other revisions, which few rows need. Calls with a provider key of the caller's own are not on
-- our bill; free calls are not in the provider's usage.
with entries as materialized (
    select
        (entry.created_at at time zone 'UTC')::date as day,
        coalesce(entry.served_model, other.served_model, entry.model) as model,
        coalesce(entry.service_tier, other.service_tier) as service_tier,
        entry.revision, entry.attempts, entry.status, entry.corrected_status, entry.cost_pico_usd, entry.unpriced_change,
        entry.input_tokens, entry.cached_tokens, entry.output_tokens,
        entry.fees, charged.pico_usd as fees_pico_usd
    from usage_logs entry
    left join lateral (
        select o.served_model, o.service_tier
        from usage_logs o
        where entry.served_model is null
            and (entry.revision > 0 or entry.status = 'abandoned')
            and o.id = entry.id
            and o.served_model is not null
        order by o.revision desc
        limit 1
    ) as other on true
    left join lateral (
        -- Fees that are part of a known cost.
        {charged_fees}
    ) as charged on entry.fees is not null
    where entry.created_at >= $1
        and entry.created_at < $2
        and entry.key_id is not null
        and entry.provider = $3
        and entry.endpoint not in ({free_endpoints})
),
fees as (
    {fee_lines}
)
select
    e.day, e.model, null::text as tool, e.service_tier,
    sum((e.revision = 0)::integer)::bigint as calls,
    sum((e.status = 'failed')::integer - (e.corrected_status is not distinct from 'failed')::integer)::bigint
        as failed_calls,
    sum(
        (e.status = any('{estimated,abandoned}'))::integer
        - coalesce(e.corrected_status = any('{estimated,abandoned}'), false)::integer
    )::bigint as estimated_calls,
    sum((e.cost_pico_usd is null)::integer + e.unpriced_change)::bigint as unpriced_calls,
    sum(e.attempts)::bigint as attempts,
    {sums_and_fees}
