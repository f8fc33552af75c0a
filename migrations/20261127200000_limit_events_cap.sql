-- Events are about an amount: once a limit was given another one, the same share of it is news again, and so is a refusal
-- under it. Before, a window that never ends told nothing more for ever once its limit was raised.
alter table limit_events
    drop constraint limit_events_limit_id_window_starts_at_kind_threshold_key,
    add constraint limit_events_limit_id_window_starts_at_kind_threshold_cap_key
        unique nulls not distinct (limit_id, window_starts_at, kind, threshold, cap);

-- The smallest amount at which an event is due that is not written yet. Nothing used is no event, not even of nothing.
create or replace function limit_next_event_at(window_limit_id uuid, window_start timestamptz, window_cap bigint)
returns bigint
language sql stable
return (
    select min(greatest(ceil(window_cap::numeric * due.threshold / 100), 1))::bigint
    from unnest(array[50, 80, 100]) as due (threshold)
    where not exists (
        select
        from limit_events e
        where e.limit_id = window_limit_id
            and e.window_starts_at = window_start
            and e.kind = 'threshold'
            and e.threshold = due.threshold
            and e.cap = window_cap
    )
);

-- Writes the events that a window's use has reached.
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
        l.subject_id, l.metric, l.period, l.mode
    from limit_windows w
    join limits l on l.id = w.limit_id
    cross join unnest(array[50, 80, 100]) as due (threshold)
    where w.id = window_id
        -- What is in flight is not used.
        and w.metric <> 'concurrency'
        and w.settled + w.overrun >= greatest(ceil(w.cap::numeric * due.threshold / 100), 1)
    order by due.threshold
    on conflict do nothing;

    update limit_windows w
    set next_event_at = limit_next_event_at(w.limit_id, w.starts_at, w.cap)
    where w.id = window_id and w.metric <> 'concurrency';
end
$$;

-- Counts a refusal and, where nothing in flight could have made room, writes the window's event of it.
create or replace function limit_windows_refuse(window_id bigint, is_final boolean) returns void
language plpgsql
security definer
set search_path = public, pg_temp
as $$
begin
    update limit_windows w set refusals = w.refusals + 1 where w.id = window_id;
    if is_final then
        insert into limit_events (
            limit_id, window_starts_at, window_ends_at, cap, used, kind, subject_kind, subject_id, metric, period, mode
        )
        select
            l.id, w.starts_at, w.ends_at, w.cap, w.settled + w.overrun, 'refused', l.subject_kind, l.subject_id,
            l.metric, l.period, l.mode
        from limit_windows w
        join limits l on l.id = w.limit_id
        where w.id = window_id
            -- An index lookup spares the sequence, which every conflict would move on.
            and not exists (
                select
                from limit_events e
                where e.limit_id = w.limit_id
                    and e.window_starts_at = w.starts_at
                    and e.kind = 'refused'
                    and e.cap = w.cap
            )
        on conflict do nothing;
    end if;
end
$$;

-- A change of a limit reaches its open windows in the same transaction, so that the next admission sees it. What is used
-- may have reached a threshold of the new amount already: nothing need be settled for that to be told.
create or replace function limit_windows_follow() returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
    window_id bigint;
begin
    for window_id in
        update limit_windows w
        set
            cap = new.amount,
            hard = (new.mode = 'hard'),
            excess = greatest(w.settled + w.reserved - new.amount, 0)
        where w.limit_id = new.id
            and (w.ends_at is null or w.ends_at > clock_timestamp())
        returning w.id
    loop
        perform limit_windows_announce(window_id);
    end loop;
    return null;
end
$$;
