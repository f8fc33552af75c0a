-- Windows that ended 35 of their lengths ago, and at least two hours, unless a call in flight still holds a reservation
-- of them. Only a call that was swept and settles after all corrects a window then, and no function lives two hours
-- longer than its calls may take. A limit for each by the minute makes many windows, so they are not kept for longer.
-- At most $1.
delete from limit_windows
where id = any (array(
    select w.id
    from limit_windows w
    where w.ends_at < clock_timestamp() - interval '2 hours'
        and w.ends_at < clock_timestamp() - 35 * (w.ends_at - w.starts_at)
        and w.id not in (
            select unnest(o.window_ids)
            from open_calls o
        )
    order by w.ends_at
    limit $1
    for update skip locked
))
