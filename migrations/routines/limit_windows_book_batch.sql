-- `limit_windows_book` for the reservations of several calls, one place each: what they used in a window is added up,
-- so that its row changes once. Windows are locked by limit, as everywhere, and those of one limit by id.
create or replace function limit_windows_book_batch(
    held_window_ids bigint[], held_amounts bigint[], used_tokens bigint[], used_pico_usd bigint[]
) returns void
language plpgsql
as $$
declare
    due_window_ids bigint[];
    due_window_id bigint;
begin
    with locked as materialized (
        select v.id, v.metric
        from limit_windows v
        where v.id = any (held_window_ids)
        order by v.limit_id, v.id
        for update
    ),
    used as (
        select
            l.id,
            held.amount,
            case l.metric
                when 'requests' then 1
                when 'concurrency' then 0
                when 'tokens' then coalesce(held.tokens, held.amount)
                else coalesce(held.pico_usd, held.amount)
            end as used
        from unnest(held_window_ids, held_amounts, used_tokens, used_pico_usd)
            as held (window_id, amount, tokens, pico_usd)
        join locked l on l.id = held.window_id
    ),
    booked as (
        select
            u.id,
            sum(u.amount) as released,
            sum(least(u.used, u.amount)) as settled,
            sum(greatest(u.used - u.amount, 0)) as overrun,
            count(*) filter (where u.used > u.amount) as overruns
        from used u
        group by u.id
    ),
    changed as (
        update limit_windows w
        set
            reserved = greatest(w.reserved - b.released, 0),
            -- Saturates: a release that overflowed would fail each time and hold its reservation forever.
            settled = least(w.settled + b.settled, 3e18),
            overrun = least(w.overrun + b.overrun, 3e18),
            overruns = w.overruns + b.overruns,
            excess = least(w.excess, greatest(w.settled + b.settled + w.reserved - b.released - w.cap, 0))
        from booked b
        where w.id = b.id
        returning w.id, w.limit_id, w.settled + w.overrun >= w.next_event_at as is_event_due
    )
    select array_agg(c.id order by c.limit_id, c.id) into due_window_ids from changed c where c.is_event_due;
    foreach due_window_id in array coalesce(due_window_ids, '{}'::bigint[]) loop
        perform limit_windows_announce(due_window_id);
    end loop;
end
$$;
