-- Makes the rollups of the ledger rows of [$1, $2), which are of one day that has none.
with {buckets_of_ledger},
{buckets_of_day}
insert into usage_rollups (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from expected
