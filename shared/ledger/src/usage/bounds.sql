-- What there is to read: sums since first_at, single calls since dropped_until.
select
    dropped_until,
    clock_timestamp() as now,
    least(
        (select min(created_at) from usage_logs),
        (select min(bucket_at) from usage_rollups where level = {day_level} and cube = {whole_cube})
    ) as first_at
from usage_rollup_state
