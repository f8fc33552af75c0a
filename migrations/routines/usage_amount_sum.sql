-- Adds amounts of money, in pico-USD, as `usage_histogram_sum` adds histograms, and for the same reason.
create or replace aggregate usage_amount_sum(numeric) (
    sfunc = numeric_add,
    stype = numeric,
    combinefunc = numeric_add,
    parallel = safe
);
