-- Makes the sums of corrections of prices from their entries, as prices/add_sums.sql does. The caller has deleted them.
insert into price_sums (level, bucket_at, user_label, model, key_id, provider, change_pico_usd, unpriced_change)
select
    bucket.level, bucket.bucket_at, entry.user_label, entry.model, entry.key_id,
    nullif(entry.provider, 'openai'), sum(entry.change_pico_usd), sum(entry.unpriced_change)
from price_entries entry
join price_revisions r on r.id = entry.revision_id and r.applied_at is not null
cross join lateral usage_buckets(entry.created_at) as bucket
group by 1, 2, 3, 4, 5, 6
