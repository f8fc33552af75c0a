-- Adds counts. `sum` of bigint adds in 128 bits and returns a numeric, which takes longer to make and to read back than
-- a dozen additions; most groups have fewer parts. This one refuses sums that no bigint holds, as the cast did.
create or replace aggregate usage_count_sum(bigint) (
    sfunc = int8pl,
    stype = bigint,
    combinefunc = int8pl,
    parallel = safe
);
