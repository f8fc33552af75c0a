-- Adds the sums of the day that begins at $1 to its month and to all time, which had none of it.
insert into usage_rollups as r (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select
    whole.level, cube, whole.bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from usage_rollups d
cross join (
    values ({month_level}, date_trunc('month', $1, 'UTC')), ({all_time_level}, '-infinity')
) as whole (level, bucket_at)
where d.level = {day_level} and d.bucket_at = $1 and d.cube in ({finest_cube}, {label_cube}, {model_cube}, {whole_cube})
on conflict (level, cube, user_label, bucket_at, model, key_id, provider) do update set
    last_call_at = greatest(r.last_call_at, excluded.last_call_at),
    {measures_added}
