-- Windows that have been over for 35 times as long as they lasted, at least two days, but for those that a call in
-- flight still holds something of. What ended earlier than that is neither corrected nor shown any more. At most $1.
delete from limit_windows
where id = any (array(
    select w.id
    from limit_windows w
    where w.ends_at < clock_timestamp() - interval '2 days'
        and w.ends_at < clock_timestamp() - 35 * (w.ends_at - w.starts_at)
        and w.id not in (
            select unnest(o.window_ids)
            from open_calls o
        )
    order by w.ends_at
    limit $1
    for update skip locked
))
