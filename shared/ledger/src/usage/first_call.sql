-- When the label $1 made its first call: in the first quarter of an hour that has sums of it, or its start if the rows
-- are dropped; else among the calls not yet sealed.
select
    coalesce(
        (
            select min(l.created_at)
            from usage_logs l
            where l.created_at >= sealed.bucket_at
                and l.created_at < sealed.bucket_at + interval '15 minutes'
                and l.user_label = $1
        ),
        sealed.bucket_at,
        (
            select min(l.created_at)
            from usage_logs l
            where l.created_at >= (select sealed_until from usage_rollup_state) and l.user_label = $1
        )
    ) as first_at
from (
    select min(bucket_at) as bucket_at
    from usage_rollups
    where level = {quarter_level} and cube = {label_cube} and user_label = $1
) as sealed
