-- Adds the entries of revision $1 after the row ($2, $3, $4) to the sums of every level and to the totals of the
-- revision.
with entry as materialized (
    select created_at, user_label, model, key_id, provider, change_pico_usd, unpriced_change
    from price_entries
    where revision_id = $1 and (created_at, call_id, call_revision) > ($2, $3, $4)
),
counted as (
    update price_revisions
    set
        changed_calls = price_revisions.changed_calls + total.calls,
        newly_priced_calls = price_revisions.newly_priced_calls + total.newly_priced_calls,
        change_pico_usd = price_revisions.change_pico_usd + total.change_pico_usd
    from (
        select
            count(*) as calls,
            coalesce(-sum(unpriced_change), 0)::bigint as newly_priced_calls,
            coalesce(sum(change_pico_usd), 0) as change_pico_usd
        from entry
    ) as total
    where id = $1
)
insert into price_sums as s (level, bucket_at, user_label, model, key_id, provider, change_pico_usd, unpriced_change)
select
    bucket.level, bucket.bucket_at, entry.user_label, entry.model, entry.key_id,
    nullif(entry.provider, 'openai'), sum(entry.change_pico_usd), sum(entry.unpriced_change)
from entry
cross join lateral usage_buckets(entry.created_at) as bucket
group by 1, 2, 3, 4, 5, 6
on conflict (level, bucket_at, user_label, model, key_id, provider) do update set
    change_pico_usd = s.change_pico_usd + excluded.change_pico_usd,
    unpriced_change = s.unpriced_change + excluded.unpriced_change
