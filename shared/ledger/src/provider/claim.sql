-- Taken where nobody holds it; $2 does not wait until it is time.
update provider_sync
set lease_id = $1, leased_until = clock_timestamp() + interval '2 minutes', attempted_at = clock_timestamp()
where (leased_until is null or leased_until <= clock_timestamp())
    and ($2 or next_run_at <= clock_timestamp())
returning attempted_at as taken_at
