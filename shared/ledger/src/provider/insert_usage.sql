insert into provider_usage (
    provider, day, endpoint, model, project_id, api_key_id, service_tier, requests, input_tokens, cached_tokens,
    cache_write_tokens, audio_input_tokens, output_tokens, audio_output_tokens
)
select
    $1, $2, endpoint, model, project_id, api_key_id, service_tier, sum(requests), sum(input_tokens), sum(cached_tokens),
    sum(cache_write_tokens), sum(audio_input_tokens), sum(output_tokens), sum(audio_output_tokens)
from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as reported (
    endpoint, model, project_id, api_key_id, service_tier, requests, input_tokens, cached_tokens,
    cache_write_tokens, audio_input_tokens, output_tokens, audio_output_tokens
)
-- One key and tier may come in several lines: with and without batches, or on two pages.
group by endpoint, model, project_id, api_key_id, service_tier
