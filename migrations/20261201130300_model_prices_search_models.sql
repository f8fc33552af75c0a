-- Models that search before they answer cost what their families cost; the search itself is a fee.
insert into model_prices (model, service_tier, effective_from, input, cached_input, output)
select listed.model, 'default', '2024-01-01T00:00:00Z', listed.input, listed.cached_input, listed.output
from (values
    ('gpt-4o-search-preview', 2500000, null::bigint, 10000000),
    ('gpt-4o-mini-search-preview', 150000, null, 600000),
    ('gpt-5-search-api', 1250000, 125000, 10000000)
) as listed (model, input, cached_input, output);
