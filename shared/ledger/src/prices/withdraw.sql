with withdrawn as (
    delete from model_prices
    where id = $1
    returning
        id, effective_from, created_at, above_input_tokens, input, cached_input, cache_write, output, audio_input,
        audio_output, model, service_tier
)
insert into withdrawn_prices (
    id, effective_from, created_at, above_input_tokens, input, cached_input, cache_write, output, audio_input,
    audio_output, model, service_tier
)
select
    id, effective_from, created_at, above_input_tokens, input, cached_input, cache_write, output, audio_input,
    audio_output, model, service_tier
from withdrawn
