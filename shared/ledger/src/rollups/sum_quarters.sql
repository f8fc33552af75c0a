-- Makes the quarters of an hour in [$1, $2) from the ledger. The caller has deleted them.
insert into usage_rollups (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select {quarter_level}, {finest_cube}, bucket_at, user_label, model, provider, key_id, last_call_at, {measures}
from (
    {ledger_quarters}
) as quarter
