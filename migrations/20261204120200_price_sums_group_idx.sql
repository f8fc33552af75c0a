-- concurrently
-- The key of a row.
-- squawk-ignore require-concurrent-index-creation
create unique index price_sums_group_idx on price_sums (
    level, bucket_at, user_label, model, key_id, provider
) nulls not distinct;
