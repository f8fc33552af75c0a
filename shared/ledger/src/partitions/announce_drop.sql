-- From here on only the rollups count for the months before the last $1 whole ones. Rows that are not
-- sealed, not compared with their sums, or known to differ from them are never dropped, because only they can mend the
-- sums: then no row comes back. Returns what an earlier run announced, longer ago than any report takes.
with announced as (
    select case when drop_announced_at <= clock_timestamp() - interval '45 seconds' then dropped_until else '-infinity' end
        as until
    from usage_rollup_state
    for update
)
update usage_rollup_state
set
    dropped_until = greatest(dropped_until, cutoff.at),
    drop_announced_at = case when dropped_until < cutoff.at then clock_timestamp() else drop_announced_at end
from announced
cross join (
    select
        (date_trunc('month', clock_timestamp() at time zone 'UTC') - make_interval(months => $1)) at time zone 'UTC' as at
) as cutoff
where sealed_until >= cutoff.at
    and checked_until >= cutoff.at
    and not exists (
        select
        from usage_rollup_differences d
        -- Sums of all time are made from the months, with or without rows.
        where d.level > 0 and d.bucket_at >= usage_rollup_state.dropped_until and d.bucket_at < cutoff.at
    )
returning announced.until as announced_until
