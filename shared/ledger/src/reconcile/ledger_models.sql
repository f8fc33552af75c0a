-- The ledger's rows of a range per day, model that served and tier, which the sealed sums do not know. A correction
-- goes where its call is, and the call where its correction says it was served: both ask the other revisions, which few
-- rows need. Calls with a provider key of the caller's own are not on our bill; free calls are not in the provider's
-- usage.
select
    (entry.created_at at time zone 'UTC')::date as day,
    coalesce(entry.served_model, other.served_model, entry.model) as model,
    coalesce(entry.service_tier, other.service_tier) as service_tier,
    sum((entry.revision = 0)::integer)::bigint as calls,
    sum((entry.status = 'failed')::integer - (entry.corrected_status is not distinct from 'failed')::integer)::bigint
        as failed_calls,
    sum(
        (entry.status = any('{estimated,abandoned}'))::integer
        - coalesce(entry.corrected_status = any('{estimated,abandoned}'), false)::integer
    )::bigint as estimated_calls,
    sum((entry.cost_pico_usd is null)::integer + entry.unpriced_change)::bigint as unpriced_calls,
    sum(entry.input_tokens)::bigint as input_tokens,
    sum(entry.cached_tokens)::bigint as cached_tokens,
    sum(entry.output_tokens)::bigint as output_tokens,
    sum(entry.cost_pico_usd)::text as cost_pico_usd
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
where entry.created_at >= $1
    and entry.created_at < $2
    and entry.key_id is not null
    and entry.endpoint not in (
        'moderations', 'responses.input_tokens', 'responses.retrieve', 'responses.delete', 'responses.cancel',
        'responses.input_items'
    )
group by 1, 2, 3
