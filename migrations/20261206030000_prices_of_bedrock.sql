-- Amazon Bedrock's prices in USD per 1M tokens. Claude: Anthropic's page (copies of 2026-08-21 and September 2026) says
-- that regions and geographic profiles cost 1.1 times its list price from the generation of 4.5 on, and a price map of
-- 2026-08-21 that global profiles (`global.`) have the list price; rows of models that only one of them has, or that came
-- later, have a date in `review_on`. All others rest on that price map alone. Check them against the page of your region
-- before billing anyone.
--
-- The price of `us.`, `eu.`, `apac.` and other geographies is that of the name without them (docs/METERING.md). Where no
-- source has a rate for cache writes it is null and takes the input rate.
-- 2024-01-01 stands for a date that is not known.
insert into model_prices (
    provider, model, service_tier, above_input_tokens, effective_from, review_on, input, cached_input, cache_write,
    cache_write_long, output
)
select
    'bedrock', profile.prefix || p.model, 'default', p.above_input_tokens,
    p.effective_from::timestamp at time zone 'utc', p.review_on::date, (p.input * profile.factor)::bigint,
    (p.cached_input * profile.factor)::bigint, (p.cache_write * profile.factor)::bigint,
    (p.cache_write_long * profile.factor)::bigint, (p.output * profile.factor)::bigint
from (values
    ('anthropic.claude-opus-5', 0, '2026-07-24', '2026-12-15', 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('anthropic.claude-opus-4-8', 0, '2024-01-01', '2026-12-15', 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('anthropic.claude-opus-4-7', 0, '2024-01-01', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('anthropic.claude-opus-4-6', 0, '2026-03-13', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('anthropic.claude-opus-4-5', 0, '2025-11-01', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('anthropic.claude-opus-4-1', 0, '2024-01-01', null, 15.00, 1.50, 18.75, 30.00, 75.00, false),
    ('anthropic.claude-opus-4', 0, '2024-01-01', null, 15.00, 1.50, 18.75, 30.00, 75.00, false),
    ('anthropic.claude-sonnet-5', 0, '2026-06-30', '2026-12-15', 2.00, 0.20, 2.50, 4.00, 10.00, true),
    ('anthropic.claude-sonnet-4-6', 0, '2026-03-13', null, 3.00, 0.30, 3.75, 6.00, 15.00, true),
    ('anthropic.claude-sonnet-4-5', 0, '2025-09-29', null, 3.00, 0.30, 3.75, 6.00, 15.00, true),
    ('anthropic.claude-sonnet-4-5', 200000, '2025-09-29', '2026-12-15', 6.00, 0.60, 7.50, 12.00, 22.50, true),
    ('anthropic.claude-haiku-4-5', 0, '2025-10-01', null, 1.00, 0.10, 1.25, 2.00, 5.00, true),
    ('anthropic.claude-3-5-haiku', 0, '2024-01-01', '2026-12-15', 0.80, 0.08, 1.00, 1.60, 4.00, false),
    ('amazon.nova-micro', 0, '2024-01-01', '2026-12-15', 0.035, 0.00875, null, null, 0.14, false),
    ('amazon.nova-lite', 0, '2024-01-01', '2026-12-15', 0.06, 0.015, null, null, 0.24, false),
    ('amazon.nova-pro', 0, '2024-01-01', '2026-12-15', 0.80, 0.20, null, null, 3.20, false),
    ('amazon.nova-premier', 0, '2024-01-01', '2026-12-15', 2.50, 0.625, null, null, 12.50, false),
    ('amazon.nova-2-lite', 0, '2024-01-01', '2026-12-15', 0.30, 0.075, null, null, 2.50, true),
    ('openai.gpt-oss-120b', 0, '2024-01-01', '2026-12-15', 0.15, null, null, null, 0.60, false),
    ('openai.gpt-oss-20b', 0, '2024-01-01', '2026-12-15', 0.07, null, null, null, 0.30, false),
    ('openai.gpt-5.5', 0, '2024-01-01', '2026-12-15', 5.50, 0.55, null, null, 33.00, false),
    ('openai.gpt-5.4', 0, '2024-01-01', '2026-12-15', 2.75, 0.275, null, null, 16.50, false)
) as p (
    model, above_input_tokens, effective_from, review_on, input, cached_input, cache_write, cache_write_long, output,
    is_dearer_in_regions
)
cross join lateral (
    values
        ('', case when p.is_dearer_in_regions then 1100000.0 else 1000000.0 end, true),
        ('global.', 1000000.0, p.is_dearer_in_regions)
) as profile (prefix, factor, is_offered)
where profile.is_offered;

-- As Anthropic's own models have them.
insert into model_limits (provider, model, effective_from, context_window_tokens, max_output_tokens, image_tokens)
select 'bedrock', profile.prefix || listed.model, '2024-01-01T00:00:00Z', listed.context, listed.output, listed.image_tokens
from (values
    ('anthropic.claude-opus-5', 1000000, 128000, 4784),
    ('anthropic.claude-opus-4-8', 1000000, 128000, 4784),
    ('anthropic.claude-opus-4-7', 1000000, 128000, 4784),
    ('anthropic.claude-opus-4-6', 1000000, 128000, 1568),
    ('anthropic.claude-opus-4-5', 200000, 64000, 1568),
    ('anthropic.claude-opus-4-1', 200000, 32000, 1568),
    ('anthropic.claude-opus-4', 200000, 32000, 1568),
    ('anthropic.claude-sonnet-5', 1000000, 128000, 4784),
    ('anthropic.claude-sonnet-4-6', 1000000, 64000, 1568),
    ('anthropic.claude-sonnet-4-5', 1000000, 64000, 1568),
    ('anthropic.claude-haiku-4-5', 200000, 64000, 1568),
    ('anthropic.claude-3-5-haiku', 200000, 8192, 1568)
) as listed (model, context, output, image_tokens)
cross join (values (''), ('global.')) as profile (prefix);

-- What AWS bills beside the tokens, of which no price is here: guardrails by the length of texts, tools that it runs by
-- their uses. `other` is any tool unknown here.
insert into tool_fees (provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
select 'bedrock', listed.tool, '', '2024-01-01T00:00:00Z', null, (listed.bound_usd * 1e12)::bigint, null
from (values
    ('guardrail', 0.05),
    ('system_tool', 0.05),
    ('other', 0.05)
) as listed (tool, bound_usd);
