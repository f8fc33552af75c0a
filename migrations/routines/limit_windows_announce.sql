-- Writes the threshold events that a window's usage has reached.
create or replace function limit_windows_announce(window_id bigint) returns void
language plpgsql
security definer
set search_path = public, pg_temp
as $$
begin
    insert into limit_events (
        limit_id, window_starts_at, window_ends_at, cap, used, threshold, kind, subject_kind, subject_id, metric,
        period, mode
    )
    select
        l.id, w.starts_at, w.ends_at, w.cap, w.settled + w.overrun, due.threshold, 'threshold', l.subject_kind,
        w.subject_id, l.metric, l.period, l.mode
    from limit_windows w
    join limits l on l.id = w.limit_id
    cross join unnest(array[50, 80, 100]) as due (threshold)
    where w.id = window_id
        -- Concurrency has no usage to reach a threshold.
        and w.metric <> 'concurrency'
        and w.settled + w.overrun >= greatest(ceil(w.cap::numeric * due.threshold / 100), 1)
    order by due.threshold
    on conflict do nothing;

    update limit_windows w
    set next_event_at = limit_next_event_at(w.limit_id, w.starts_at, w.subject_id, w.cap)
    where w.id = window_id and w.metric <> 'concurrency';
end
$$;
