-- What built-in tools cost beside tokens: `[{"tool", "uses", "cost_pico_usd"}]`, included in `cost_pico_usd`. A null cost is
-- unknown. Null means that no fees were recorded: rows from before this column have none.
alter table usage_logs
    add column fees jsonb;
