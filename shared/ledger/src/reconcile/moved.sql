-- Calls that were settled within an hour after one of the midnights $1 and began before it: the ledger has them on the
-- day after, the provider on the day before. No call lasts longer.
select
    (edge.midnight at time zone 'UTC')::date as day,
    coalesce(entry.served_model, entry.model) as model,
    entry.service_tier,
    count(*) as calls,
    count(*) filter (where entry.status = 'failed') as failed_calls,
    count(*) filter (where entry.status = any('{estimated,abandoned}')) as estimated_calls,
    count(*) filter (where entry.cost_pico_usd is null) as unpriced_calls,
    sum(entry.input_tokens)::bigint as input_tokens,
    sum(entry.cached_tokens)::bigint as cached_tokens,
    sum(entry.output_tokens)::bigint as output_tokens,
    sum(entry.cost_pico_usd)::text as cost_pico_usd
from unnest($1) as edge (midnight)
cross join lateral (
    select served_model, model, service_tier, status, input_tokens, cached_tokens, output_tokens, cost_pico_usd
    from usage_logs u
    where u.created_at >= edge.midnight
        and u.created_at < edge.midnight + interval '1 hour'
        and u.started_at < edge.midnight
        and u.revision = 0
        and u.key_id is not null
        and u.endpoint not in (
            'moderations', 'responses.input_tokens', 'responses.retrieve', 'responses.delete', 'responses.cancel',
            'responses.input_items'
        )
    offset 0
) as entry
group by 1, 2, 3
