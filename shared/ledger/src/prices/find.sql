select
    id, model, service_tier, above_input_tokens, effective_from, created_at, input, cached_input, cache_write, output,
    audio_input, audio_output
from model_prices
where id = $1
