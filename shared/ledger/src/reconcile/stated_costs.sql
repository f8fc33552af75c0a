-- What upstreams state as the cost of their answers, beside what the price rows give, from $1 to $2: by provider, upstream
-- and requested model, those with the most calls that differ first. Estimated calls are bounds by design, and are not
-- compared. A late settlement stands for its call: an abandoned row has no stated cost.
with stated as (
    select
        provider, upstream, model, cost_source, upstream_cost_pico_usd, table_cost_pico_usd,
        status = 'settled' and table_cost_pico_usd is not null as is_compared
    from usage_logs
    where created_at >= $1
        and created_at < $2
        and (upstream_cost_pico_usd is not null or cost_source is not null)
)
select
    provider, upstream, model,
    count(upstream_cost_pico_usd) as stated_calls,
    count(*) filter (where cost_source = 'upstream') as billed_calls,
    count(*) filter (where cost_source = 'fallback') as fallback_calls,
    count(*) filter (where upstream_cost_pico_usd is not null and table_cost_pico_usd is null) as unpriced_calls,
    count(*) filter (where is_compared) as compared_calls,
    count(*) filter (
        where is_compared
            and abs(upstream_cost_pico_usd - table_cost_pico_usd)::numeric * 100
                > greatest(upstream_cost_pico_usd, table_cost_pico_usd)::numeric * $3
    ) as differing_calls,
    coalesce(sum(upstream_cost_pico_usd) filter (where is_compared), 0)::text as stated_pico_usd,
    coalesce(sum(table_cost_pico_usd) filter (where is_compared), 0)::text as table_pico_usd
from stated
group by 1, 2, 3
order by differing_calls desc, stated_calls desc, fallback_calls desc, 1, 2, 3
limit $4
