-- Makes the quarters of an hour in [$1, $2) from the ledger. The caller has deleted them.
insert into usage_rollups (level, cube, bucket_at, user_label, model, key_id, last_call_at, {measures})
select
    {quarter_level},
    {finest_cube},
    date_bin('15 minutes', created_at, 'epoch') as bucket_at,
    user_label collate "C" as user_label,
    model collate "C" as model,
    key_id,
    max(created_at) as last_call_at,
    {sums}
from usage_changes
where created_at >= $1 and created_at < $2
group by 3, 4, 5, 6
