-- requires: limit_window_end, limit_window_start
--
-- squawk-ignore ban-drop-view
drop view if exists limit_status;

-- Each limit with its current window; a window that has not been used yet has no row and is empty. A limit for each has
-- several: their sums, and what remains of the fullest.
create or replace view limit_status as
select
    l.id, l.created_at, l.updated_at, l.version, l.subject_kind, l.subject_id, l.subject, l.metric, l.period,
    l.amount, l.mode, l.time_zone, current.used, current.reserved,
    greatest(l.amount - current.fullest, 0) as remaining,
    current.overrun, current.refusals, limit_window_end(l.period, l.time_zone, now_at.at) as resets_at,
    l.is_each, l.created_by, l.created_by_label, current.windows, l.unbounded
from (select clock_timestamp() as at) as now_at
cross join limits l
cross join lateral (
    -- More than a bigint holds is more than any cap.
    select
        least(coalesce(sum(w.settled::numeric + w.overrun), 0), 9e18)::bigint as used,
        least(coalesce(sum(w.reserved), 0), 9e18)::bigint as reserved,
        coalesce(max(w.settled + w.overrun + w.reserved), 0) as fullest,
        least(coalesce(sum(w.overrun), 0), 9e18)::bigint as overrun,
        coalesce(sum(w.refusals), 0)::bigint as refusals,
        count(*) as windows
    from limit_windows w
    where w.limit_id = l.id and w.starts_at = limit_window_start(l.period, l.time_zone, now_at.at)
) as current;
