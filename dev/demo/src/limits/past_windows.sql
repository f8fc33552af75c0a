-- The windows of every limit, or of the one that `demo.limit_id` names, that have ended since it was created, as far
-- back as maintenance keeps them.
do $$
declare
    l limits;
    at timestamptz;
    window_starts_at timestamptz;
    window_ends_at timestamptz;
    used record;
    w limit_windows;
begin
    for l in
        select *
        from limits
        where period <> 'total' and id = coalesce(nullif(current_setting('demo.limit_id', true), '')::uuid, id)
        order by id
    loop
        at := limit_window_start(l.period, l.time_zone, clock_timestamp()) - interval '1 microsecond';
        while at > l.created_at loop
            window_starts_at := limit_window_start(l.period, l.time_zone, at);
            window_ends_at := limit_window_end(l.period, l.time_zone, at);
            exit when window_ends_at < clock_timestamp() - 34 * (window_ends_at - window_starts_at);
            for used in
                select u.subject_id, u.used
                from limit_used_since(
                    l, window_starts_at, window_ends_at, case when not l.is_each then l.subject_id end
                ) as u
                where not (l.is_each and limit_is_replaced(l.subject_kind, u.subject_id, l.metric, l.period))
            loop
                perform limit_windows_open(l.id, at, array[used.subject_id]);
                update limit_windows
                set settled = used.used, excess = greatest(used.used - cap, 0)
                where limit_id = l.id and starts_at = window_starts_at and subject_id = used.subject_id
                returning * into w;
                perform limit_windows_announce(w.id);
            end loop;
            at := window_starts_at - interval '1 microsecond';
        end loop;
    end loop;
end
$$;
