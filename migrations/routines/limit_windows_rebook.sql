-- Books the truth of a call whose open row is gone: over the sweeper's estimate if the windows hold that, otherwise
-- from zero, since the reservation was lost with a crashed database. Windows are locked in the order of their ids, as
-- everywhere.
create or replace function limit_windows_rebook(
    window_ids bigint[], window_amounts bigint[], is_booked boolean, used_tokens bigint, used_pico_usd bigint
) returns void
language plpgsql
-- The role that makes calls holds no rights on keys, limits and windows.
security definer
set search_path = public, pg_temp
as $$
declare
    limit_window limit_windows;
    booked bigint;
    change bigint;
    room bigint;
    place integer;
begin
    for place in
        select held.at::integer
        from unnest(window_ids) with ordinality as held (id, at)
        order by held.id
    loop
        select w.* into limit_window from limit_windows w where w.id = window_ids[place] for update;
        continue when not found or limit_window.metric = 'concurrency';
        booked := case when is_booked then window_amounts[place] else 0 end;
        change := case limit_window.metric
            when 'requests' then 1
            when 'tokens' then coalesce(used_tokens, window_amounts[place])
            else coalesce(used_pico_usd, window_amounts[place])
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
