-- Appends to revision $1 the reverse of the entries of revision $2.
insert into price_entries (
    revision_id, created_at, call_id, call_revision, change_pico_usd, unpriced_change, price_id, prior_price_id,
    user_label, model, key_id, endpoint, status, tags, provider
)
select
    $1, created_at, call_id, call_revision, -change_pico_usd, -unpriced_change, prior_price_id, price_id, user_label,
    model, key_id, endpoint, status, tags, provider
from price_entries
where revision_id = $2
