-- Waits for every ledger row that has taken its time to be committed, and marks that time. The number is that of the
-- default of usage_logs.created_at; rows that come meanwhile wait for this statement's commit.
update usage_rollup_state
set sealing_until = greatest(sealing_until, clock_timestamp() - $1 * interval '1 second')
where pg_advisory_xact_lock(8389759082731831) is not null
