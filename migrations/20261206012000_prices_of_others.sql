-- List prices of providers that speak OpenAI's format, in USD per 1M tokens. Check them against the provider's page before
-- billing anyone: rows with a date in `review_on` rest on one source.
-- DeepSeek: its page of October 2026. From Monday to Friday, 01:00 to 04:00 and 06:00 to 10:00 UTC, every rate is twice as
-- high (tier `peak`). xAI: its pages of August 2026 and a price map of that month. All others: the same map.
-- 2024-01-01 stands for a date that is not known.
insert into model_prices (
    provider, model, service_tier, above_input_tokens, effective_from, review_on, input, cached_input, output
)
select
    p.provider, p.model, variant.service_tier, p.above_input_tokens, p.effective_from::timestamp at time zone 'utc',
    p.review_on::date, (p.input * variant.factor)::bigint, (p.cached_input * variant.factor)::bigint,
    (p.output * variant.factor)::bigint
from (values
    ('deepseek', 'deepseek-flash', 0, '2024-01-01', null, 0.15, 0.003, 0.60),
    ('deepseek', 'deepseek-v4-pro', 0, '2026-08-16 16:00', null, 0.66, 0.022, 1.98),
    ('xai', 'grok-4.6', 0, '2026-08-07', null, 2.00, 0.50, 6.00),
    ('xai', 'grok-4.6', 200000, '2026-08-07', '2026-12-15', 4.00, null, 12.00),
    ('xai', 'grok-4.5', 0, '2026-07-08', null, 2.00, 0.50, 6.00),
    ('xai', 'grok-4.5', 200000, '2026-07-08', '2026-12-15', 4.00, null, 12.00),
    ('xai', 'grok-4.3', 0, '2024-01-01', null, 1.25, 0.20, 2.50),
    ('xai', 'grok-4.20', 0, '2024-01-01', null, 1.25, 0.20, 2.50),
    ('xai', 'grok-build-0.1', 0, '2024-01-01', '2026-12-15', 1.00, 0.20, 2.00),
    ('xai', 'grok-code-fast-1', 0, '2024-01-01', '2026-12-15', 0.20, 0.02, 1.50),
    ('xai', 'grok-4-1-fast', 0, '2024-01-01', '2026-12-15', 0.20, 0.05, 0.50),
    ('groq', 'openai/gpt-oss-120b', 0, '2024-01-01', '2026-12-15', 0.15, 0.075, 0.60),
    ('groq', 'openai/gpt-oss-20b', 0, '2024-01-01', '2026-12-15', 0.075, 0.0375, 0.30),
    ('groq', 'llama-3.3-70b-versatile', 0, '2024-01-01', '2026-12-15', 0.59, null, 0.79),
    ('groq', 'llama-3.1-8b-instant', 0, '2024-01-01', '2026-12-15', 0.05, null, 0.08),
    ('groq', 'meta-llama/llama-4-scout-17b-16e-instruct', 0, '2024-01-01', '2026-12-15', 0.11, null, 0.34),
    ('groq', 'meta-llama/llama-4-maverick-17b-128e-instruct', 0, '2024-01-01', '2026-12-15', 0.20, null, 0.60),
    ('groq', 'qwen/qwen3-32b', 0, '2024-01-01', '2026-12-15', 0.29, null, 0.59),
    ('mistral', 'mistral-large-2512', 0, '2024-01-01', '2026-12-15', 0.50, 0.05, 1.50),
    ('mistral', 'mistral-small-2603', 0, '2024-01-01', '2026-12-15', 0.15, 0.015, 0.60),
    ('mistral', 'codestral-2508', 0, '2024-01-01', '2026-12-15', 0.30, 0.03, 0.90),
    ('mistral', 'devstral-2512', 0, '2024-01-01', '2026-12-15', 0.40, 0.04, 2.00),
    ('mistral', 'mistral-embed', 0, '2024-01-01', '2026-12-15', 0.10, null, 0.00),
    ('moonshot', 'kimi-k3', 0, '2024-01-01', '2026-12-15', 3.00, 0.30, 15.00),
    ('moonshot', 'kimi-k2.6', 0, '2024-01-01', '2026-12-15', 0.95, 0.16, 4.00),
    ('moonshot', 'kimi-k2.5', 0, '2024-01-01', '2026-12-15', 0.60, 0.10, 3.00),
    ('together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', 0, '2024-01-01', '2026-12-15', 0.88, null, 0.88),
    ('fireworks', 'accounts/fireworks/models/gpt-oss-120b', 0, '2024-01-01', '2026-12-15', 0.15, 0.07, 0.60),
    ('fireworks', 'accounts/fireworks/models/deepseek-v4-pro', 0, '2024-01-01', '2026-12-15', 1.74, 0.145, 3.48),
    ('fireworks', 'accounts/fireworks/models/kimi-k2p6', 0, '2024-01-01', '2026-12-15', 0.95, 0.16, 4.00),
    ('cerebras', 'gpt-oss-120b', 0, '2024-01-01', '2026-12-15', 0.35, null, 0.75),
    ('cerebras', 'llama3.1-8b', 0, '2024-01-01', '2026-12-15', 0.10, null, 0.10)
) as p (provider, model, above_input_tokens, effective_from, review_on, input, cached_input, output)
cross join lateral (
    values ('default', 1000000.0, true), ('peak', 2000000.0, p.provider = 'deepseek')
) as variant (service_tier, factor, is_offered)
where variant.is_offered
-- An administrator may have added such a row.
on conflict do nothing;
