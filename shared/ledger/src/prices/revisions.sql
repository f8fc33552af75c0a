-- Latest first; one where $1 names it, or where $2 is the preview it was applied from.
select
    r.id, r.created_at, r.applied_at, r.effective_from, r.above_input_tokens, r.price_id, r.replaced_price_id,
    r.undoes_id, undo.id as undone_by_id, r.changed_calls, r.newly_priced_calls, r.actor_key_id, r.provider, r.model, r.service_tier,
    r.change_pico_usd::text as change_pico_usd
from price_revisions r
left join price_revisions undo on undo.undoes_id = r.id
where ($1::bigint is null or r.id = $1)
    and ($2::text is null or r.preview = $2)
    and ($3::bigint is null or r.id < $3)
order by r.id desc
limit $4
