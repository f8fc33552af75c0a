-- When the first call of the label $1 was: in the quarter of an hour that the sums begin with, of which only they are left
-- where its rows are gone; or among the calls since.
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
    where level = 4 and cube = 1 and user_label = $1
) as sealed
