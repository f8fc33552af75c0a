-- Restores a withdrawn price unchanged.
with restored as (
    delete from withdrawn_prices
    where id = $1
    returning
        id, effective_from, created_at, above_input_tokens, input, cached_input, cache_write, output, audio_input,
        audio_output, model, service_tier
)
insert into model_prices (
    id, effective_from, created_at, above_input_tokens, input, cached_input, cache_write, output, audio_input,
    audio_output, model, service_tier
)
overriding system value
select
    id, effective_from, created_at, above_input_tokens, input, cached_input, cache_write, output, audio_input,
    audio_output, model, service_tier
from restored
