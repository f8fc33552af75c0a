select
    b.version, p.id, p.model, p.service_tier, p.above_input_tokens, p.effective_from, p.input, p.cached_input,
    p.cache_write, p.output, p.audio_input, p.audio_output
from price_book b
left join model_prices p on true
