insert into model_prices (
    model, service_tier, above_input_tokens, effective_from, input, cached_input, cache_write, output, audio_input,
    audio_output
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict on constraint model_prices_model_service_tier_above_effective_from_key do nothing
returning
    id, model, service_tier, above_input_tokens, effective_from, created_at, input, cached_input, cache_write, output,
    audio_input, audio_output
