-- Events of windows that ended thirteen months ago and are deleted. Events of windows that never end stay: one is
-- written once for each amount of a window, and their presence prevents a second. At most $1.
delete from limit_events
where id = any (array(
    select e.id
    from limit_events e
    where e.window_ends_at < clock_timestamp() - interval '13 months'
        and not exists (
            select
            from limit_windows w
            where w.limit_id = e.limit_id and w.starts_at = e.window_starts_at and w.subject_id = e.subject_id
        )
    order by e.window_ends_at
    limit $1
    for update skip locked
))
