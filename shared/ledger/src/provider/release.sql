update provider_sync
set lease_id = null,
    leased_until = null,
    status = $2,
    error = $3,
    succeeded_at = case when $2 = 'complete' then clock_timestamp() else succeeded_at end,
    next_run_at = clock_timestamp() + make_interval(secs => $4)
where lease_id = $1
