insert into price_revisions (
    effective_from, cursor_at, above_input_tokens, price_id, replaced_price_id, undoes_id, actor_key_id, cursor_id,
    cursor_revision, model, service_tier, preview, provider
)
values ($1, $2, $3, $4, $5, $6, $7, '00000000-0000-0000-0000-000000000000', -1, $8, $9, $10, $11)
on conflict do nothing
returning id
