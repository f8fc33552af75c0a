-- Adds histograms up. `sum` makes room for all digits of a number twice over for each group and settles the carries at its
-- end, 10 µs a histogram; most groups have few parts, and a group of one costs nothing here.
create aggregate usage_histogram_sum(numeric) (
    sfunc = numeric_add,
    stype = numeric,
    combinefunc = numeric_add,
    parallel = safe
);
