-- Month tables of the ledger whose range ends at or before $1 and that still hold something.
select c.relname as partition_name
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
cross join lateral (
    select substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as range_to
) as bound
where i.inhparent = 'usage_logs'::regclass and bound.range_to <= $1 and pg_relation_size(c.oid) > 0
order by bound.range_to
