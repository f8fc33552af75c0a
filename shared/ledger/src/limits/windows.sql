-- The current windows of the limit $1, most used first, after the window $3 at its use $2.
select
    w.id, l.subject_kind, w.subject_id, w.starts_at, w.ends_at, w.settled + w.overrun as used, w.reserved,
    greatest(w.cap - w.settled - w.overrun - w.reserved, 0) as remaining, w.overrun, w.refusals
from limits l
join limit_windows w
    on w.limit_id = l.id
    and w.starts_at = limit_window_start(l.period, l.time_zone, clock_timestamp())
where l.id = $1
    and ($2 is null or (w.settled + w.overrun, w.id) < ($2, $3))
order by w.settled + w.overrun desc, w.id desc
limit $4
