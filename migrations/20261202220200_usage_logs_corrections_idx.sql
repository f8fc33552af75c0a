-- concurrently
-- Finds the corrections since an instant. Only they are in it, so it costs other calls nothing.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_corrections_idx on usage_logs (created_at, id) where revision > 0;
