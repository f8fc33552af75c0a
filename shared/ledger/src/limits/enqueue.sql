-- Events of the last week not yet queued for the targets $1. Older ones precede the configuration of the target.
insert into limit_event_deliveries (event_id, target)
select e.id, t.target
from limit_events e
cross join unnest($1) as t (target)
where e.occurred_at > clock_timestamp() - interval '7 days'
    and not exists (
        select
        from limit_event_deliveries d
        where d.event_id = e.id and d.target = t.target
    )
on conflict do nothing
