-- Of the calls $1, those whose price was corrected: what they cost as priced now, and by which price.
select
    entry.call_id,
    case
        when billed.unpriced_calls + entry.unpriced_change = 0 then (billed.cost_pico_usd + entry.change_pico_usd)::bigint
    end as cost_pico_usd,
    entry.price_id
from (
    select
        e.call_id,
        sum(e.change_pico_usd) as change_pico_usd,
        sum(e.unpriced_change) as unpriced_change,
        (array_agg(e.price_id order by e.revision_id desc, e.call_revision desc))[1] as price_id
    from price_entries e
    join price_revisions r on r.id = e.revision_id and r.applied_at is not null
    where e.call_id = any($1)
    group by e.call_id
) as entry
cross join lateral (
    select
        coalesce(sum(l.cost_pico_usd), 0) as cost_pico_usd,
        sum((l.cost_pico_usd is null)::integer + l.unpriced_change) as unpriced_calls
    from usage_logs l
    where l.id = entry.call_id
) as billed
