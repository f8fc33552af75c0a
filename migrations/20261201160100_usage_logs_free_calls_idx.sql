-- Reconciliation leaves out the calls that the provider does not charge for, and rollups do not know endpoints. Only the
-- rows of such calls are in this index, so it costs other calls nothing.
-- An index of a partitioned table cannot be built concurrently.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_free_calls_idx on usage_logs (created_at)
where endpoint in ('moderations', 'responses.input_tokens');
