-- List prices in USD per 1M tokens, as known on 2026-11-23. Check them against the provider's page before billing anyone.
--
-- Sources: L Langfuse default prices (2026-08-22) - G genai-prices (2026-08-21) - M LiteLLM price map (before 2026-07-30) -
-- T genai-prices PR 680, Tokdash PR 71, LibreChat PR 15114, raif PR 545, traceroot PR 2051, ccusage #1636 -
-- O copy of OpenAI's pricing page of 2026-09-13 - P OpenAI's priority processing page.
--
-- null: no rate of its own, the bucket takes the input (or output) rate. Where sources disagree on a cached rate
-- it is null, so that nothing is booked too low.
-- 272000: the whole call pays 2x on input and 1.5x on output above that many input tokens; it multiplies with the tier.
-- flex (0.5x) is seeded for GPT-5.6 (L) and GPT-6 (O) alone. Other models are listed for it too, but by no source
-- above with a figure; their flex calls stay unpriced until a row is added, as do scale and ultrafast.
-- Dates without a documented price change are those of a model's first version; 2024-01-01 stands for "not known".
insert into model_prices (
    model,
    service_tier,
    above_input_tokens,
    effective_from,
    input,
    cached_input,
    cache_write,
    output,
    audio_input,
    audio_output
)
select
    model,
    service_tier,
    above_input_tokens,
    effective_from::timestamp at time zone 'utc',
    (input * 1000000)::bigint,
    (cached_input * 1000000)::bigint,
    (cache_write * 1000000)::bigint,
    (output * 1000000)::bigint,
    (audio_input * 1000000)::bigint,
    (audio_output * 1000000)::bigint
from (values
    -- GPT-6: T (standard, flex and priority, short and long, are on the copied page O as well).
    ('gpt-6-astra', 'default', 0, '2026-09-03', 10.00, 1.00, 12.50, 50.00, null, null),
    ('gpt-6-astra', 'default', 272000, '2026-09-03', 20.00, 2.00, 25.00, 75.00, null, null),
    ('gpt-6-astra', 'flex', 0, '2026-09-03', 5.00, 0.50, 6.25, 25.00, null, null),
    ('gpt-6-astra', 'flex', 272000, '2026-09-03', 10.00, 1.00, 12.50, 37.50, null, null),
    ('gpt-6-astra', 'priority', 0, '2026-09-03', 20.00, 2.00, 25.00, 100.00, null, null),
    ('gpt-6-astra', 'priority', 272000, '2026-09-03', 40.00, 4.00, 50.00, 150.00, null, null),
    -- GPT-5.6 at its list price: L, M, G.
    ('gpt-5.6-sol', 'default', 0, '2026-07-09', 5.00, 0.50, 6.25, 30.00, null, null),
    ('gpt-5.6-sol', 'default', 272000, '2026-07-09', 10.00, 1.00, 12.50, 45.00, null, null),
    ('gpt-5.6-sol', 'flex', 0, '2026-07-09', 2.50, 0.25, 3.125, 15.00, null, null),
    ('gpt-5.6-sol', 'flex', 272000, '2026-07-09', 5.00, 0.50, 6.25, 22.50, null, null),
    ('gpt-5.6-sol', 'priority', 0, '2026-07-09', 10.00, 1.00, 12.50, 60.00, null, null),
    ('gpt-5.6-sol', 'priority', 272000, '2026-07-09', 20.00, 2.00, 25.00, 90.00, null, null),
    ('gpt-5.6-terra', 'default', 0, '2026-07-09', 2.50, 0.25, 3.125, 15.00, null, null),
    ('gpt-5.6-terra', 'default', 272000, '2026-07-09', 5.00, 0.50, 6.25, 22.50, null, null),
    ('gpt-5.6-terra', 'flex', 0, '2026-07-09', 1.25, 0.125, 1.5625, 7.50, null, null),
    ('gpt-5.6-terra', 'flex', 272000, '2026-07-09', 2.50, 0.25, 3.125, 11.25, null, null),
    ('gpt-5.6-terra', 'priority', 0, '2026-07-09', 5.00, 0.50, 6.25, 30.00, null, null),
    ('gpt-5.6-terra', 'priority', 272000, '2026-07-09', 10.00, 1.00, 12.50, 45.00, null, null),
    ('gpt-5.6-luna', 'default', 0, '2026-07-09', 1.00, 0.10, 1.25, 6.00, null, null),
    ('gpt-5.6-luna', 'default', 272000, '2026-07-09', 2.00, 0.20, 2.50, 9.00, null, null),
    ('gpt-5.6-luna', 'flex', 0, '2026-07-09', 0.50, 0.05, 0.625, 3.00, null, null),
    ('gpt-5.6-luna', 'flex', 272000, '2026-07-09', 1.00, 0.10, 1.25, 4.50, null, null),
    ('gpt-5.6-luna', 'priority', 0, '2026-07-09', 2.00, 0.20, 2.50, 12.00, null, null),
    ('gpt-5.6-luna', 'priority', 272000, '2026-07-09', 4.00, 0.40, 5.00, 18.00, null, null),
    -- Terra -20 %, Luna -80 %: L, G.
    ('gpt-5.6-terra', 'default', 0, '2026-07-30', 2.00, 0.20, 2.50, 12.00, null, null),
    ('gpt-5.6-terra', 'default', 272000, '2026-07-30', 4.00, 0.40, 5.00, 18.00, null, null),
    ('gpt-5.6-terra', 'flex', 0, '2026-07-30', 1.00, 0.10, 1.25, 6.00, null, null),
    ('gpt-5.6-terra', 'flex', 272000, '2026-07-30', 2.00, 0.20, 2.50, 9.00, null, null),
    ('gpt-5.6-terra', 'priority', 0, '2026-07-30', 4.00, 0.40, 5.00, 24.00, null, null),
    ('gpt-5.6-terra', 'priority', 272000, '2026-07-30', 8.00, 0.80, 10.00, 36.00, null, null),
    ('gpt-5.6-luna', 'default', 0, '2026-07-30', 0.20, 0.02, 0.25, 1.20, null, null),
    ('gpt-5.6-luna', 'default', 272000, '2026-07-30', 0.40, 0.04, 0.50, 1.80, null, null),
    ('gpt-5.6-luna', 'flex', 0, '2026-07-30', 0.10, 0.01, 0.125, 0.60, null, null),
    ('gpt-5.6-luna', 'flex', 272000, '2026-07-30', 0.20, 0.02, 0.25, 0.90, null, null),
    ('gpt-5.6-luna', 'priority', 0, '2026-07-30', 0.40, 0.04, 0.50, 2.40, null, null),
    ('gpt-5.6-luna', 'priority', 272000, '2026-07-30', 0.80, 0.08, 1.00, 3.60, null, null),
    -- Sol -20 % input side, -33 % output: T, O. Announced as a promotion "at least through 2026-11-21": check the list price.
    ('gpt-5.6-sol', 'default', 0, '2026-08-21', 4.00, 0.40, 5.00, 20.00, null, null),
    ('gpt-5.6-sol', 'default', 272000, '2026-08-21', 8.00, 0.80, 10.00, 30.00, null, null),
    ('gpt-5.6-sol', 'flex', 0, '2026-08-21', 2.00, 0.20, 2.50, 10.00, null, null),
    ('gpt-5.6-sol', 'flex', 272000, '2026-08-21', 4.00, 0.40, 5.00, 15.00, null, null),
    ('gpt-5.6-sol', 'priority', 0, '2026-08-21', 8.00, 0.80, 10.00, 40.00, null, null),
    ('gpt-5.6-sol', 'priority', 272000, '2026-08-21', 16.00, 1.60, 20.00, 60.00, null, null),
    -- GPT-5.5: L, M, G; priority at 2.5x: L, P (M has 2x). Long context of 5.5 and 5.5-pro, and cached input of the pro models: verify.
    ('gpt-5.5', 'default', 0, '2026-04-23', 5.00, 0.50, null, 30.00, null, null),
    ('gpt-5.5', 'default', 272000, '2026-04-23', 10.00, 1.00, null, 45.00, null, null),
    ('gpt-5.5', 'priority', 0, '2026-04-23', 12.50, 1.25, null, 75.00, null, null),
    ('gpt-5.5', 'priority', 272000, '2026-04-23', 25.00, 2.50, null, 112.50, null, null),
    ('gpt-5.5-pro', 'default', 0, '2026-04-23', 30.00, null, null, 180.00, null, null),
    ('gpt-5.5-pro', 'default', 272000, '2026-04-23', 60.00, null, null, 270.00, null, null),
    -- GPT-5.4: L, M, G (nano: L, G); priority: L, P. Long context of the pro: G.
    ('gpt-5.4', 'default', 0, '2026-03-05', 2.50, 0.25, null, 15.00, null, null),
    ('gpt-5.4', 'default', 272000, '2026-03-05', 5.00, 0.50, null, 22.50, null, null),
    ('gpt-5.4', 'priority', 0, '2026-03-05', 5.00, 0.50, null, 30.00, null, null),
    ('gpt-5.4', 'priority', 272000, '2026-03-05', 10.00, 1.00, null, 45.00, null, null),
    ('gpt-5.4-pro', 'default', 0, '2026-03-05', 30.00, null, null, 180.00, null, null),
    ('gpt-5.4-pro', 'default', 272000, '2026-03-05', 60.00, null, null, 270.00, null, null),
    ('gpt-5.4-mini', 'default', 0, '2026-03-17', 0.75, 0.075, null, 4.50, null, null),
    ('gpt-5.4-mini', 'priority', 0, '2026-03-17', 1.50, 0.15, null, 9.00, null, null),
    ('gpt-5.4-nano', 'default', 0, '2026-03-17', 0.20, 0.02, null, 1.25, null, null),
    -- GPT-5 to 5.3: L, G; priority: L, P. The start of 5.3-codex and of 5-nano is not known: verify.
    ('gpt-5.3-codex', 'default', 0, '2024-01-01', 1.75, 0.175, null, 14.00, null, null),
    ('gpt-5.2', 'default', 0, '2025-12-11', 1.75, 0.175, null, 14.00, null, null),
    ('gpt-5.2', 'priority', 0, '2025-12-11', 3.50, 0.35, null, 28.00, null, null),
    ('gpt-5.2-pro', 'default', 0, '2025-12-11', 21.00, null, null, 168.00, null, null),
    ('gpt-5.1', 'default', 0, '2025-11-13', 1.25, 0.125, null, 10.00, null, null),
    ('gpt-5.1', 'priority', 0, '2025-11-13', 2.50, 0.25, null, 20.00, null, null),
    ('gpt-5', 'default', 0, '2025-08-07', 1.25, 0.125, null, 10.00, null, null),
    ('gpt-5', 'priority', 0, '2025-08-07', 2.50, 0.25, null, 20.00, null, null),
    ('gpt-5-mini', 'default', 0, '2025-08-07', 0.25, 0.025, null, 2.00, null, null),
    ('gpt-5-mini', 'priority', 0, '2025-08-07', 0.45, 0.045, null, 3.60, null, null),
    ('gpt-5-nano', 'default', 0, '2024-01-01', 0.05, 0.005, null, 0.40, null, null),
    ('gpt-5-pro', 'default', 0, '2025-10-06', 15.00, null, null, 120.00, null, null),
    -- GPT-4: L, M, G (4o-mini: L, G); priority: L, P for 4.1. That of 4o-mini is listed rounded to 1.67x: verify.
    ('gpt-4.1', 'default', 0, '2025-04-14', 2.00, 0.50, null, 8.00, null, null),
    ('gpt-4.1', 'priority', 0, '2025-04-14', 3.50, 0.875, null, 14.00, null, null),
    ('gpt-4.1-mini', 'default', 0, '2025-04-14', 0.40, 0.10, null, 1.60, null, null),
    ('gpt-4.1-nano', 'default', 0, '2025-04-14', 0.10, 0.025, null, 0.40, null, null),
    ('gpt-4o', 'default', 0, '2024-08-06', 2.50, 1.25, null, 10.00, null, null),
    ('gpt-4o', 'priority', 0, '2024-08-06', 4.25, 2.125, null, 17.00, null, null),
    ('gpt-4o-mini', 'default', 0, '2024-07-18', 0.15, 0.075, null, 0.60, null, null),
    ('gpt-4o-mini', 'priority', 0, '2024-07-18', 0.25, 0.125, null, 1.00, null, null),
    -- The o series: L, G; priority of o3: L.
    ('o3', 'default', 0, '2025-06-10', 2.00, 0.50, null, 8.00, null, null),
    ('o3', 'priority', 0, '2025-06-10', 3.50, 0.875, null, 14.00, null, null),
    ('o3-pro', 'default', 0, '2025-06-10', 20.00, null, null, 80.00, null, null),
    ('o4-mini', 'default', 0, '2025-04-16', 1.10, 0.275, null, 4.40, null, null),
    ('o1', 'default', 0, '2024-12-17', 15.00, 7.50, null, 60.00, null, null),
    -- Embeddings have no output: L, G. Start not known: verify.
    ('text-embedding-3-small', 'default', 0, '2024-01-01', 0.02, null, null, 0.00, null, null),
    ('text-embedding-3-large', 'default', 0, '2024-01-01', 0.13, null, null, 0.00, null, null),
    -- Sound has rates of its own: M, G.
    ('gpt-audio', 'default', 0, '2025-08-28', 2.50, null, null, 10.00, 32.00, 64.00)
) as listed (
    model,
    service_tier,
    above_input_tokens,
    effective_from,
    input,
    cached_input,
    cache_write,
    output,
    audio_input,
    audio_output
);

insert into model_aliases (alias, model)
values ('gpt-5.6', 'gpt-5.6-sol');
