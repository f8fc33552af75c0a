insert into model_prices (
    provider, model, service_tier, above_input_tokens, effective_from, review_on, input, cached_input, cache_write,
    cache_write_long, output, audio_input, cached_audio_input, audio_output, image_output
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict on constraint model_prices_provider_model_tier_above_effective_from_key do nothing
returning {price_columns}
