-- Anthropic's list prices in USD per 1M tokens, from copies of its pricing page (2026-08-21, September 2026) and of its
-- model pages (October 2026), and where those have no figure from two independent price maps of September and October
-- 2026. Check them against the provider's page before billing anyone: rows with a date in `review_on` rest on one source.
--
-- Cache reads are no fixed share of the input rate. `us` (`inference_geo`) is 1.1 times every rate of models from 4.6 on,
-- and multiplies with `fast`. Opus 4.6 is asked for `fast`, runs, and is billed at its standard rates. There are no rows
-- for `priority`, which exists under old contracts only, nor for batches.
-- 2024-01-01 stands for a date that is not known.
insert into model_prices (
    provider, model, service_tier, above_input_tokens, effective_from, review_on, input, cached_input, cache_write,
    cache_write_long, output
)
select
    'anthropic', p.model, variant.service_tier, p.above_input_tokens, p.effective_from::timestamp at time zone 'utc',
    p.review_on::date, (p.input * variant.factor)::bigint, (p.cached_input * variant.factor)::bigint,
    (p.cache_write * variant.factor)::bigint, (p.cache_write_long * variant.factor)::bigint,
    (p.output * variant.factor)::bigint
from (values
    ('claude-fable-5-1', 'default', 0, '2026-09-01', null, 10.00, 0.25, 12.50, 20.00, 50.00, true),
    ('claude-mythos-5-1', 'default', 0, '2026-09-01', null, 10.00, 0.25, 12.50, 20.00, 50.00, true),
    ('claude-fable-5', 'default', 0, '2024-01-01', null, 10.00, 1.00, 12.50, 20.00, 50.00, true),
    ('claude-mythos-5', 'default', 0, '2024-01-01', null, 10.00, 1.00, 12.50, 20.00, 50.00, true),
    ('claude-opus-5-5', 'default', 0, '2026-09-22', null, 4.00, 0.20, 5.00, 8.00, 20.00, true),
    ('claude-opus-5-5', 'fast', 0, '2026-09-22', '2026-12-15', 8.00, 0.40, 10.00, 16.00, 40.00, true),
    ('claude-opus-5', 'default', 0, '2026-07-24', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('claude-opus-5', 'fast', 0, '2026-07-24', null, 10.00, 1.00, 12.50, 20.00, 50.00, true),
    ('claude-opus-4-8', 'default', 0, '2024-01-01', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('claude-opus-4-8', 'fast', 0, '2024-01-01', null, 10.00, 1.00, 12.50, 20.00, 50.00, true),
    ('claude-opus-4-7', 'default', 0, '2024-01-01', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('claude-opus-4-6', 'default', 0, '2026-03-13', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('claude-opus-4-6', 'fast', 0, '2026-03-13', null, 5.00, 0.50, 6.25, 10.00, 25.00, true),
    ('claude-opus-4-5', 'default', 0, '2025-11-01', null, 5.00, 0.50, 6.25, 10.00, 25.00, false),
    ('claude-opus-4-1', 'default', 0, '2024-01-01', null, 15.00, 1.50, 18.75, 30.00, 75.00, false),
    ('claude-opus-4-0', 'default', 0, '2024-01-01', null, 15.00, 1.50, 18.75, 30.00, 75.00, false),
    ('claude-sonnet-5-5', 'default', 0, '2026-09-28', null, 2.00, 0.20, 2.50, 4.00, 10.00, true),
    ('claude-sonnet-5-5', 'default', 0, '2026-10-07', null, 2.00, 0.10, 2.50, 4.00, 10.00, true),
    ('claude-sonnet-5', 'default', 0, '2026-06-30', null, 2.00, 0.20, 2.50, 4.00, 10.00, true),
    ('claude-sonnet-4-6', 'default', 0, '2026-03-13', null, 3.00, 0.30, 3.75, 6.00, 15.00, true),
    ('claude-sonnet-4-5', 'default', 0, '2025-09-29', null, 3.00, 0.30, 3.75, 6.00, 15.00, false),
    ('claude-sonnet-4-5', 'default', 200000, '2025-09-29', '2026-12-15', 6.00, 0.60, 7.50, 12.00, 22.50, false),
    ('claude-haiku-5-5', 'default', 0, '2026-10-07', null, 0.10, 0.01, 0.125, 0.20, 0.50, true),
    ('claude-haiku-5-5', 'default', 100000, '2026-10-07', null, 0.50, 0.05, 0.625, 1.00, 2.50, true),
    ('claude-haiku-4-5', 'default', 0, '2025-10-01', null, 1.00, 0.10, 1.25, 2.00, 5.00, false),
    ('claude-haiku-3-5', 'default', 0, '2024-01-01', null, 0.80, 0.08, 1.00, 1.60, 4.00, false)
) as p (
    model, speed, above_input_tokens, effective_from, review_on, input, cached_input, cache_write, cache_write_long,
    output, has_us
)
cross join lateral (
    values
        (p.speed, 1000000.0, true),
        (case p.speed when 'fast' then 'fast-us' else 'us' end, 1100000.0, p.has_us)
) as variant (service_tier, factor, is_offered)
where variant.is_offered;

-- Names that are no version of another by their date alone.
insert into model_aliases (provider, alias, model)
values
    ('anthropic', 'claude-opus-4', 'claude-opus-4-0'),
    ('anthropic', 'claude-3-5-haiku', 'claude-haiku-3-5');

-- Windows and outputs as the provider's model pages give them (Opus 4.5, 4.6, 5, and the comparison with the models of
-- October 2026), else as published copies do (Fable 5, Opus 4.8; Sonnet 4.6: perstack PR 801; older ones: mixtape-core
-- 1.0). Opus 4.7 and Sonnet 5 are given what the next of their family has, Mythos what Fable has. Images: shrunk by the
-- provider to at most this many patches of 28 pixels.
insert into model_limits (
    provider, model, effective_from, context_window_tokens, max_output_tokens, image_tokens
)
select 'anthropic', listed.model, '2024-01-01T00:00:00Z', listed.context, listed.output, listed.image_tokens
from (values
    ('claude-fable-5-1', 1000000, 128000, 4784),
    ('claude-mythos-5-1', 1000000, 128000, 4784),
    ('claude-fable-5', 1000000, 128000, 4784),
    ('claude-mythos-5', 1000000, 128000, 4784),
    ('claude-opus-5-5', 1000000, 128000, 4784),
    ('claude-opus-5', 1000000, 128000, 4784),
    ('claude-opus-4-8', 1000000, 128000, 4784),
    ('claude-opus-4-7', 1000000, 128000, 4784),
    ('claude-opus-4-6', 1000000, 128000, 1568),
    ('claude-opus-4-5', 200000, 64000, 1568),
    ('claude-opus-4-1', 200000, 32000, 1568),
    ('claude-opus-4-0', 200000, 32000, 1568),
    ('claude-sonnet-5-5', 1000000, 128000, 4784),
    ('claude-sonnet-5', 1000000, 128000, 4784),
    ('claude-sonnet-4-6', 1000000, 64000, 1568),
    -- With the beta of a larger window.
    ('claude-sonnet-4-5', 1000000, 64000, 1568),
    ('claude-haiku-5-5', 1000000, 128000, 4784),
    ('claude-haiku-4-5', 200000, 64000, 1568),
    ('claude-haiku-3-5', 200000, 8192, 1568)
) as listed (model, context, output, image_tokens);

-- Web search: 10 USD for 1,000; failed ones and fetches are free, but what they return is input of unknown size. Containers
-- are billed by the hour, beyond free hours that cannot be seen from here. `other` is any tool unknown here.
insert into tool_fees (provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
select
    'anthropic', listed.tool, '', '2024-01-01T00:00:00Z', (listed.usd * 1e12)::bigint, (listed.bound_usd * 1e12)::bigint,
    null
from (values
    ('web_search', 0.01, 0.01),
    ('web_fetch', 0, 0),
    ('code_execution', null, 0.05),
    ('mcp', 0, 0),
    ('tool_search', 0, 0),
    ('other', null, 0.05)
) as listed (tool, usd, bound_usd);
