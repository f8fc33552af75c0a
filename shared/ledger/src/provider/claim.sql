-- The lease of the run $2, if no other run holds it and it is due; $3 takes it before it is due.
insert into provider_fetches as known (provider, lease_id, leased_until, attempted_at)
values ($1, $2, clock_timestamp() + interval '2 minutes', clock_timestamp())
on conflict (provider) do update
set lease_id = excluded.lease_id, leased_until = excluded.leased_until, attempted_at = excluded.attempted_at
where (known.leased_until is null or known.leased_until <= clock_timestamp())
    and ($3 or known.next_run_at <= clock_timestamp())
returning attempted_at as taken_at
