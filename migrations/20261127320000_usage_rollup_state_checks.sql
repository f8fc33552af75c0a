-- When dropped_until moved last: rows are given up a while after.
alter table usage_rollup_state add column drop_announced_at timestamptz;

-- Sums of corrections of prices that differ from their entries, as last compared.
alter table usage_rollup_state add column price_sum_differences bigint not null default 0;
