-- Makes the buckets of all time from the months. The caller has deleted them.
insert into usage_rollups (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select {all_time_level}, cube, '-infinity', user_label, model, provider, key_id, max(last_call_at), {sums}
from usage_rollups
where level = {month_level}
group by cube, user_label, model, provider, key_id
