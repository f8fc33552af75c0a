-- concurrently
-- Finds the slowest calls of a range without reading all of it. One column: with time and id behind it, an insert took twice
-- as long in this index, and equal values are few enough to sort.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_latency_idx on usage_logs (latency_us desc nulls last);
