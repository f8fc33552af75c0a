-- Calls at the provider $5 of the models $3 and patterns $4 in [$1, $2) that are kept as sums only, to a quarter of an hour.
select coalesce(sum(r.calls), 0)::bigint as calls
from usage_rollups r
cross join usage_rollup_state s
where r.level = {quarter_level}
    and r.cube = {model_cube}
    and r.bucket_at >= date_bin('15 minutes', $1, 'epoch')
    and r.bucket_at < least($2, s.dropped_until)
    and coalesce(r.provider, 'openai') = $5
    and (r.model = any($3) or r.model like any($4))
