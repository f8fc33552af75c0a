-- concurrently
-- Calls that lasted longer than an hour work in the background at the provider. Reconciliation looks for those that were
-- settled days after they began, and must not read the ledger of all those days.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_long_calls_idx on usage_logs (created_at)
where created_at - started_at > interval '1 hour';
