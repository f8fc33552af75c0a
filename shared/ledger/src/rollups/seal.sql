-- Adds the ledger rows of [$1, $2) to the rollups of every level. The caller holds the state's row and moves
-- sealed_until from $1 to $2 with it.
with {buckets_of_ledger},
months as materialized (
    select
        cube, date_trunc('month', bucket_at, 'UTC') as bucket_at, user_label, model, provider, key_id,
        max(last_call_at) as last_call_at, {sums}
    from days
    group by 1, 2, 3, 4, 5, 6
)
insert into usage_rollups as r (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select {quarter_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from quarters
union all
select {hour_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from hours
union all
select {day_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from days
union all
select {month_level}, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from months
union all
select {all_time_level}, cube, '-infinity', user_label, model, provider, key_id, max(last_call_at), {sums}
from months
group by cube, user_label, model, provider, key_id
on conflict (level, cube, user_label, bucket_at, model, key_id, provider) do update set
    last_call_at = greatest(r.last_call_at, excluded.last_call_at),
    {measures_added}
