-- How much more or less ledger rows cost by revision $1.
insert into price_entries (
    revision_id, created_at, call_id, call_revision, change_pico_usd, unpriced_change, price_id, prior_price_id,
    user_label, model, key_id, endpoint, status, tags, provider
)
select
    $1, l.created_at, l.id, l.revision, new.change_pico_usd, new.unpriced_change, new.price_id, new.prior_price_id,
    l.user_label, l.model, l.key_id, l.endpoint, l.status, l.tags, l.provider
from unnest(
    $2::timestamptz[], $3::uuid[], $4::smallint[], $5::bigint[], $6::smallint[], $7::bigint[], $8::bigint[]
) as new (created_at, call_id, call_revision, change_pico_usd, unpriced_change, price_id, prior_price_id)
join usage_logs l on l.id = new.call_id and l.revision = new.call_revision and l.created_at = new.created_at
