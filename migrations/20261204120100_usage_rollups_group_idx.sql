-- concurrently
-- The key of a row. In the order that finds the buckets of one label; all labels of a time are found by the other index.
-- squawk-ignore require-concurrent-index-creation
create unique index usage_rollups_group_idx on usage_rollups (
    level, cube, user_label, bucket_at, model, key_id, provider
) nulls not distinct;
