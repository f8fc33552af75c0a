with outdated as (
    select object_id
    from provider_objects
    where not is_claimed and created_at < clock_timestamp() - make_interval(secs => $1)
    order by created_at
    limit 10000
),
removed as (
    delete from provider_objects
    where object_id in (select object_id from outdated)
    returning 1
)
select count(*) as removed
from removed
