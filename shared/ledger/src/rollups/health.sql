-- How far the rollups reach, and what the last comparison found.
select
    sealed_until,
    case when isfinite(sealed_until) then extract(epoch from clock_timestamp() - sealed_until)::double precision end
        as lag_seconds,
    checked_at,
    checked_until,
    dropped_until,
    price_sum_differences,
    (select count(*) from usage_rollup_differences) as differences
from usage_rollup_state
