-- Makes the buckets of level $4 in [$1, $2), whole ones of the unit $5, from those of level $3 of each label, model, provider
-- and key. Where both levels are the same, only what those add up to. The caller has deleted them.
insert into usage_rollups (level, cube, bucket_at, user_label, model, provider, key_id, last_call_at, {measures})
select
    $4,
    case
        when grouping(key_id) = 0 then {finest_cube}
        when grouping(user_label) = 0 then {label_cube}
        when grouping(model) = 0 then {model_cube}
        else {whole_cube}
    end,
    at.bucket_at,
    user_label,
    model,
    provider,
    key_id,
    max(last_call_at),
    {sums}
from usage_rollups r
cross join lateral (select date_trunc($5, r.bucket_at, 'UTC') as bucket_at) as at
where r.level = $3 and r.cube = {finest_cube} and r.bucket_at >= $1 and r.bucket_at < $2
-- In this order three of the four come from one sort.
group by grouping sets (
    (at.bucket_at, user_label, model, provider, key_id),
    (at.bucket_at, user_label),
    (at.bucket_at),
    (at.bucket_at, model, provider)
)
having $3::smallint <> $4::smallint or grouping(key_id) = 1
