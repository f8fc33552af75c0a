-- Reconciliation leaves out the calls that the provider does not charge for: those about stored responses as well.
-- squawk-ignore require-concurrent-index-deletion
drop index usage_logs_free_calls_idx;

-- An index of a partitioned table cannot be built concurrently.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_free_calls_idx on usage_logs (created_at)
where endpoint in (
    'moderations', 'responses.input_tokens', 'responses.retrieve', 'responses.delete', 'responses.cancel',
    'responses.input_items'
);
