-- concurrently
-- Finds the dearest calls of a range without reading all of it. One column: with time and id behind it, an insert took twice
-- as long in this index, and equal values are few enough to sort.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_cost_idx on usage_logs (cost_pico_usd desc nulls last);
