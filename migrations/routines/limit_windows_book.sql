-- Turns reservations into usage. Usage that is not known (null) books the whole reservation. The windows come in lock
-- order. Usage beyond a reservation is an overrun: counted, but outside any cap.
create or replace function limit_windows_book(
    window_ids bigint[], window_amounts bigint[], used_tokens bigint, used_pico_usd bigint
) returns void
language plpgsql
as $$
declare
    due_window_ids bigint[];
    due_window_id bigint;
begin
    -- One statement for all windows: each would cost a set-up of its own.
    with booked as materialized (
        select
            v.id,
            held.amount as released,
            case v.metric
                when 'requests' then 1
                when 'concurrency' then 0
                when 'tokens' then coalesce(used_tokens, held.amount)
                else coalesce(used_pico_usd, held.amount)
            end as used
        from unnest(window_ids, window_amounts) with ordinality as held (id, amount, position)
        join limit_windows v on v.id = held.id
        order by held.position
        for update of v
    ),
    changed as (
        update limit_windows w
        set
            reserved = greatest(w.reserved - b.released, 0),
            -- Saturates: a release that overflowed would fail each time and hold its reservation forever.
            settled = least(w.settled::numeric + least(b.used, b.released), 3e18),
            overrun = least(w.overrun::numeric + greatest(b.used - b.released, 0), 3e18),
            overruns = w.overruns + (b.used > b.released)::int,
            excess = least(
                w.excess,
                greatest(w.settled::numeric + least(b.used, b.released) + w.reserved - b.released - w.cap, 0)
            )
        from booked b
        where w.id = b.id
        returning w.id, w.settled + w.overrun >= w.next_event_at as is_event_due
    )
    select array_agg(c.id) into due_window_ids from changed c where c.is_event_due;
    foreach due_window_id in array coalesce(due_window_ids, '{}'::bigint[]) loop
        perform limit_windows_announce(due_window_id);
    end loop;
end
$$;
