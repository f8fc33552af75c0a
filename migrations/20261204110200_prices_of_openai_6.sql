-- OpenAI's models since the first list, in USD per 1M tokens, from two price trackers of October and November 2026. Check
-- them against the provider's page before billing anyone: rows with a date in `review_on` rest on one source.
-- 6.2: `priority` (asked for as `fast`) is twice every rate; above 272,000 input tokens the whole call is repriced.
-- 2024-01-01 stands for a date that is not known.
insert into model_prices (
    model, service_tier, above_input_tokens, effective_from, review_on, input, cached_input, cache_write, output
)
select
    p.model, variant.service_tier, p.above_input_tokens, p.effective_from::timestamp at time zone 'utc',
    p.review_on::date, (p.input * variant.factor)::bigint, (p.cached_input * variant.factor)::bigint,
    (p.cache_write * variant.factor)::bigint, (p.output * variant.factor)::bigint
from (values
    ('gpt-6-sol', 0, '2026-09-22', '2026-12-15', 2.00, 0.20, 2.50, 10.00, false),
    ('gpt-6-luna', 0, '2026-09-22', '2026-12-15', 0.10, 0.01, 0.125, 0.50, false),
    ('gpt-6.1-sol', 0, '2026-09-29', null, 2.00, 0.10, 2.50, 10.00, false),
    ('gpt-6.1-terra', 0, '2026-10-26', '2026-12-15', 1.00, 0.05, 1.25, 5.00, false),
    ('gpt-6.2-sol', 0, '2024-01-01', '2026-12-15', 2.00, 0.10, 2.50, 10.00, true),
    ('gpt-6.2-sol', 272000, '2024-01-01', '2026-12-15', 4.00, 0.20, 5.00, 15.00, true),
    ('gpt-6.2-astra', 0, '2024-01-01', '2026-12-15', 8.00, 0.40, 10.00, 40.00, true),
    ('gpt-6.2-astra', 272000, '2024-01-01', '2026-12-15', 16.00, 0.80, 20.00, 60.00, true)
) as p (
    model, above_input_tokens, effective_from, review_on, input, cached_input, cache_write, output, has_priority
)
cross join lateral (
    values ('default', 1000000.0, true), ('priority', 2000000.0, p.has_priority)
) as variant (service_tier, factor, is_offered)
where variant.is_offered;
