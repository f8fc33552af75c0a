-- The first quarter of an hour from $1 on in which the ledger or the rollups have something; no row where there is
-- none.
select date_bin('15 minutes', min(first_at), 'epoch') as bucket_at
from (
    select min(created_at) as first_at
    from usage_logs
    where created_at >= $1
    union all
    select min(bucket_at)
    from usage_rollups
    where level = {quarter_level} and cube = {whole_cube} and bucket_at >= $1
) as ends
having min(first_at) is not null
