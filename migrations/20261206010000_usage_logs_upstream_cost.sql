-- No default: no row is written again. Earlier rows are of providers of the environment, which state no cost.
alter table usage_logs
    -- The registered upstream that answered. Null is a provider of the environment.
    add column upstream text,
    -- What the upstream states that its answer costs; and beside it, what the price rows give for the same answer.
    add column upstream_cost_pico_usd bigint,
    add column table_cost_pico_usd bigint,
    -- Whose figure is the cost: 'upstream', or 'fallback' if it was to be the upstream's, which stated none. Null is that
    -- of the price rows.
    add column cost_source text;
