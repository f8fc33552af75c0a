-- Google's list prices of the Gemini API in USD per 1M tokens, paid tier, from a price map that was checked against the
-- provider's page until 2026-08-13 and from copies of that page of October and November 2026. Check them against the page
-- before billing anyone: rows with a date in `review_on` are announced, or rest on one source.
--
-- Output includes thinking. Pro models reprice the whole call above 200,000 input tokens. Where no source has a cached
-- rate it is null and takes the input rate, so that nothing is booked too low.
-- `flex` is half of every rate, as documented for all models. `priority` is 1.8 times where a source names the factor
-- of the model; of other models it stays unpriced until a row is added.
-- 2024-01-01 stands for a date that is not known.
insert into model_prices (
    provider, model, service_tier, above_input_tokens, effective_from, review_on, input, cached_input, audio_input,
    cached_audio_input, output, image_output
)
select
    'google', p.model, variant.service_tier, p.above_input_tokens, p.effective_from::timestamp at time zone 'utc',
    coalesce(p.review_on, variant.review_on)::date, (p.input * variant.factor)::bigint,
    (p.cached_input * variant.factor)::bigint, (p.audio_input * variant.factor)::bigint,
    (p.cached_audio_input * variant.factor)::bigint, (p.output * variant.factor)::bigint,
    (p.image_output * variant.factor)::bigint
from (values
    ('gemini-4-argon', 0, '2024-01-01', '2026-12-15', 2.00, null, null, null, 10.00, null, true, false),
    ('gemini-4-argon', 0, '2026-12-01', '2026-12-01', 4.00, null, null, null, 20.00, null, true, false),
    ('gemini-4-carbon', 0, '2026-11-10', '2026-12-15', 2.00, null, null, null, 10.00, null, true, false),
    ('gemini-4-carbon', 0, '2026-12-01', '2026-12-01', 4.00, null, null, null, 20.00, null, true, false),
    ('gemini-4-neon', 0, '2026-11-18', null, 3.00, 0.15, null, null, 15.00, null, true, true),
    ('gemini-4-hydrogen', 0, '2024-01-01', '2026-12-15', 1.50, 0.075, null, null, 7.50, null, true, true),
    ('gemini-3.8-flash', 0, '2024-01-01', '2026-12-15', 0.75, 0.075, null, null, 3.75, null, true, false),
    ('gemini-3.8-flash', 0, '2027-01-01', '2027-01-01', 1.50, 0.15, null, null, 7.50, null, true, false),
    ('gemini-3.7-flash', 0, '2026-08-13', null, 0.75, 0.075, null, null, 3.75, null, true, true),
    ('gemini-3.7-flash', 0, '2027-01-01', '2027-01-01', 1.50, 0.15, null, null, 7.50, null, true, true),
    ('gemini-3.6-flash', 0, '2026-07-21', '2026-12-15', 1.50, 0.15, null, null, 7.50, null, true, false),
    ('gemini-3.6-flash', 0, '2026-08-13', null, 0.75, 0.075, null, null, 3.75, null, true, false),
    ('gemini-3.6-flash', 0, '2027-01-01', '2027-01-01', 1.50, 0.15, null, null, 7.50, null, true, false),
    ('gemini-3.5-flash', 0, '2026-05-19', null, 1.50, 0.15, null, null, 9.00, null, true, false),
    ('gemini-3.5-flash-lite', 0, '2026-07-21', null, 0.30, 0.03, null, null, 2.50, null, true, false),
    ('gemini-3.1-pro-preview', 0, '2026-02-19', null, 2.00, 0.20, null, null, 12.00, null, true, false),
    ('gemini-3.1-pro-preview', 200000, '2026-02-19', null, 4.00, 0.40, null, null, 18.00, null, true, false),
    ('gemini-3-pro-preview', 0, '2025-11-18', null, 2.00, 0.20, null, null, 12.00, null, true, false),
    ('gemini-3-pro-preview', 200000, '2025-11-18', null, 4.00, 0.40, null, null, 18.00, null, true, false),
    ('gemini-3.1-flash-lite', 0, '2024-01-01', '2026-12-15', 0.25, 0.025, 0.50, 0.05, 1.50, null, true, false),
    ('gemini-3-flash-preview', 0, '2025-12-17', null, 0.50, 0.05, 1.00, 0.10, 3.00, null, true, false),
    ('gemini-2.5-pro', 0, '2024-01-01', null, 1.25, 0.125, null, null, 10.00, null, true, false),
    ('gemini-2.5-pro', 200000, '2024-01-01', null, 2.50, 0.25, null, null, 15.00, null, true, false),
    ('gemini-2.5-flash', 0, '2024-01-01', null, 0.30, 0.03, 1.00, 0.10, 2.50, null, true, false),
    ('gemini-2.5-flash-lite', 0, '2024-01-01', null, 0.10, 0.01, 0.30, 0.03, 0.40, null, true, false),
    ('gemini-3-pro-image', 0, '2024-01-01', null, 2.00, null, null, null, 12.00, 120.00, false, false),
    ('gemini-3.1-flash-image', 0, '2024-01-01', null, 0.50, null, null, null, 3.00, 60.00, false, false),
    ('gemini-3.1-flash-lite-image', 0, '2024-01-01', null, 0.25, null, null, null, 1.50, 30.00, false, false),
    ('gemini-2.5-flash-image', 0, '2024-01-01', null, 0.30, null, null, null, 2.50, 30.00, false, false),
    ('gemini-embedding-001', 0, '2024-01-01', null, 0.15, null, null, null, 0.00, null, false, false),
    ('gemini-embedding-2', 0, '2024-01-01', null, 0.20, null, null, null, 0.00, null, false, false)
) as p (
    model, above_input_tokens, effective_from, review_on, input, cached_input, audio_input, cached_audio_input, output,
    image_output, has_flex, has_priority
)
cross join lateral (
    values
        ('default', 1000000.0, null, true),
        ('flex', 500000.0, '2026-12-15', p.has_flex),
        ('priority', 1800000.0, '2026-12-15', p.has_priority)
) as variant (service_tier, factor, review_on, is_offered)
where variant.is_offered;

-- The window of all text models, and the largest output of Gemini 2.5 to 3.8; Gemini 4 may go on to the end of its window.
-- No rule for images is published that bounds them.
insert into model_limits (provider, model, effective_from, context_window_tokens, max_output_tokens)
select 'google', listed.model, '2024-01-01T00:00:00Z', 1048576, listed.output
from (values
    ('gemini-4-argon', 1048576),
    ('gemini-4-carbon', 1048576),
    ('gemini-4-neon', 1048576),
    ('gemini-4-hydrogen', 1048576),
    ('gemini-3.8-flash', 65536),
    ('gemini-3.7-flash', 65536),
    ('gemini-3.6-flash', 65536),
    ('gemini-3.5-flash', 65536),
    ('gemini-3.5-flash-lite', 65536),
    ('gemini-3.1-pro-preview', 65536),
    ('gemini-3-pro-preview', 65536),
    ('gemini-3.1-flash-lite', 65536),
    ('gemini-3-flash-preview', 65536),
    ('gemini-2.5-pro', 65536),
    ('gemini-2.5-flash', 65536),
    ('gemini-2.5-flash-lite', 65536)
) as listed (model, output);

-- Grounding with web search: 14 USD for 1,000 queries from Gemini 3 on, 35 USD for 1,000 prompts before. The free ones of
-- each month cannot be seen from here. `other` is any tool unknown here.
insert into tool_fees (provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
select
    'google', listed.tool, listed.model, '2024-01-01T00:00:00Z', (listed.usd * 1e12)::bigint,
    (listed.bound_usd * 1e12)::bigint, null
from (values
    ('web_search', '', 0.014, 0.014),
    ('web_search', 'gemini-2.5-pro', 0.035, 0.035),
    ('web_search', 'gemini-2.5-flash', 0.035, 0.035),
    ('web_search', 'gemini-2.5-flash-lite', 0.035, 0.035),
    ('other', '', null, 0.05)
) as listed (tool, model, usd, bound_usd);
