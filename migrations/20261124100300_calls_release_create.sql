-- What follows the durable settlement of a call that holds reservations: they become what was used.

-- Writes the events that a window's use has reached.
create function limit_windows_announce(window_id bigint) returns void
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
        and w.settled + w.overrun >= ceil(w.cap::numeric * due.threshold / 100)
    order by due.threshold
    on conflict do nothing;

    update limit_windows w
    set next_event_at = limit_next_event_at(w.limit_id, w.starts_at, w.cap)
    where w.id = window_id;
end
$$;

-- Turns reservations into what was used; null for what is not known books the whole reservation. The windows come in
-- the order of their locks. What was used beyond a reservation is an overrun: it is counted, and fits no cap.
create function limit_windows_book(
    window_ids bigint[], window_amounts bigint[], used_tokens bigint, used_pico_usd bigint
) returns void
language plpgsql
as $$
declare
    released bigint;
    is_event_due boolean;
begin
    for position in 1..coalesce(cardinality(window_ids), 0) loop
        released := window_amounts[position];
        update limit_windows w
        set
            reserved = greatest(w.reserved - released, 0),
            -- Beyond this a count stands still: a release that always failed would hold its reservation for ever.
            settled = least(w.settled::numeric + least(booked.used, released), 3e18),
            overrun = least(w.overrun::numeric + greatest(booked.used - released, 0), 3e18),
            overruns = w.overruns + (booked.used > released)::int,
            excess = least(
                w.excess,
                greatest(w.settled::numeric + least(booked.used, released) + w.reserved - released - w.cap, 0)
            )
        from (
            select
                v.id,
                case v.metric
                    when 'requests' then 1
                    when 'concurrency' then 0
                    when 'tokens' then coalesce(used_tokens, released)
                    else coalesce(used_pico_usd, released)
                end as used
            from limit_windows v
            where v.id = window_ids[position]
        ) as booked
        where w.id = booked.id
        returning w.settled + w.overrun >= w.next_event_at into is_event_due;
        if is_event_due then
            perform limit_windows_announce(window_ids[position]);
        end if;
    end loop;
end
$$;

-- The end of a settled call: its row goes and its reservations with it. Not durable by itself and not in need of it:
-- the row comes back with the counters it belongs to, and the sweeper repeats this.
create function calls_release(call_id uuid) returns boolean
language plpgsql
as $$
declare
    released open_calls;
begin
    perform set_config('synchronous_commit', 'off', true);
    delete from open_calls o
    where o.id = call_id and o.settled_at is not null
    returning o.* into released;
    if not found then
        return false;
    end if;
    perform limit_windows_book(
        released.window_ids, released.window_amounts, released.used_tokens, released.used_pico_usd
    );
    return true;
end
$$;

-- Books the truth of a call whose open row is gone: over the sweeper's estimate where that stands in the windows, else
-- from nothing, since the reservation was lost with a crashed database.
create function limit_windows_rebook(
    window_ids bigint[], window_amounts bigint[], is_booked boolean, used_tokens bigint, used_pico_usd bigint
) returns void
language plpgsql
as $$
declare
    limit_window limit_windows;
    booked bigint;
    change bigint;
    room bigint;
begin
    for position in 1..coalesce(cardinality(window_ids), 0) loop
        select w.* into limit_window from limit_windows w where w.id = window_ids[position] for update;
        continue when not found or limit_window.metric = 'concurrency';
        booked := case when is_booked then window_amounts[position] else 0 end;
        change := case limit_window.metric
            when 'requests' then 1
            when 'tokens' then coalesce(used_tokens, window_amounts[position])
            else coalesce(used_pico_usd, window_amounts[position])
        end - booked;
        room := case when limit_window.hard
            then greatest(limit_window.cap + limit_window.excess - limit_window.settled - limit_window.reserved, 0)
            else change
        end;
        update limit_windows w
        set
            settled = least(greatest(w.settled::numeric + least(change, room), 0), 3e18),
            overrun = least(w.overrun::numeric + greatest(change - room, 0), 3e18)
        where w.id = limit_window.id;
        if limit_window.settled::numeric + limit_window.overrun + change >= limit_window.next_event_at then
            perform limit_windows_announce(limit_window.id);
        end if;
    end loop;
end
$$;
