-- Looks through the ledger since the price was added: no call settled before can have been priced with it. An index on
-- price_id would make this quick and every settlement slower. Null where rows of that time are no longer kept: then the
-- ledger cannot tell.
select
    case
        when p.created_at < s.dropped_until then null
        else exists (
            select
            from usage_logs l
            where l.created_at >= p.created_at and l.price_id = p.id
        )
    end as is_used
from model_prices p
cross join usage_rollup_state s
where p.id = $1
