-- Turns reservations into usage. Usage that is not known (null) books the whole reservation. The windows come in lock order.
-- Usage beyond a reservation is an overrun: counted, but outside any cap.
create or replace function limit_windows_book(
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
            -- Saturates: a release that overflowed would fail each time and hold its reservation forever.
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
