-- From here on the rollups are all that counts of the months before the last $1 whole ones. Nothing that is not sealed
-- is given up: then no row comes back.
update usage_rollup_state
set dropped_until = greatest(dropped_until, cutoff.at)
from (
    select
        (date_trunc('month', clock_timestamp() at time zone 'UTC') - make_interval(months => $1)) at time zone 'UTC' as at
) as cutoff
where sealed_until >= cutoff.at
returning dropped_until
