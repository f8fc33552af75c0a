-- Compares the sums of price corrections with the entries of applied ones; stores and returns how many differ.
with expected as (
    select
        bucket.level, bucket.bucket_at, entry.user_label, entry.model, entry.key_id,
        nullif(entry.provider, 'openai') as provider, sum(entry.change_pico_usd) as change_pico_usd, sum(entry.unpriced_change) as unpriced_change
    from price_entries entry
    join price_revisions r on r.id = entry.revision_id and r.applied_at is not null
    cross join lateral usage_buckets(entry.created_at) as bucket
    group by 1, 2, 3, 4, 5, 6
),
sides as (
    select level, bucket_at, user_label, model, key_id, provider, change_pico_usd, unpriced_change
    from expected
    union all
    select level, bucket_at, user_label, model, key_id, provider, -change_pico_usd, -unpriced_change
    from price_sums
),
differing as (
    select
    from sides
    group by level, bucket_at, user_label, model, key_id, provider
    having sum(change_pico_usd) <> 0 or sum(unpriced_change) <> 0
)
update usage_rollup_state
set price_sum_differences = (select count(*) from differing)
returning price_sum_differences
