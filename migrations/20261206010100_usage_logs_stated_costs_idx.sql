-- concurrently
-- Finds the calls whose cost an upstream has stated, or should have, without reading all of a range.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_stated_costs_idx on usage_logs (created_at)
where upstream_cost_pico_usd is not null or cost_source is not null;
