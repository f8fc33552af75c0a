-- requires: limit_window_end, limit_window_start
--
-- Each limit with its current window. A window that has not been used yet has no row and is empty.
create or replace view limit_status as
select
    l.id, l.created_at, l.updated_at, l.version, l.subject_kind, l.subject_id, l.subject, l.metric, l.period,
    l.amount, l.mode, l.time_zone, coalesce(w.settled + w.overrun, 0) as used, coalesce(w.reserved, 0) as reserved,
    greatest(l.amount - coalesce(w.settled + w.overrun + w.reserved, 0), 0) as remaining,
    coalesce(w.overrun, 0) as overrun, coalesce(w.refusals, 0) as refusals,
    limit_window_end(l.period, l.time_zone, now_at.at) as resets_at, l.unbounded
from (select clock_timestamp() as at) as now_at
cross join limits l
left join limit_windows w
    on w.limit_id = l.id
    and w.starts_at = limit_window_start(l.period, l.time_zone, now_at.at);

do $$
declare
    role_name text;
begin
    for role_name in
        select rolname from pg_roles where rolname in ('tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin')
    loop
        execute format('grant select on limit_status to %I', role_name);
    end loop;
end
$$;
