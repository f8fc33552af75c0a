update provider_fetches
set lease_id = null,
    leased_until = null,
    status = $3,
    error = $4,
    succeeded_at = case when $3 = 'complete' then clock_timestamp() else succeeded_at end,
    next_run_at = clock_timestamp() + make_interval(secs => $5)
where provider = $1 and lease_id = $2
