-- Looks through the ledger since the price was added: no call settled before can have been priced with it. An index on
-- price_id would make this quick and every settlement slower.
select exists (
    select
    from model_prices p
    join usage_logs l on l.created_at >= p.created_at and l.price_id = p.id
    where p.id = $1
) as is_used
