-- `limit_windows_book` for the reservations of several calls, one place each: what they used in a window is added up,
-- so that its row changes once. In the order of ids, as there.
create or replace function limit_windows_book_batch(
    held_window_ids bigint[], held_amounts bigint[], used_tokens bigint[], used_pico_usd bigint[]
) returns void
language plpgsql
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    -- One place a window.
    changed_ids bigint[];
    released bigint[];
    settled_amounts bigint[];
    overrun_amounts bigint[];
    overrun_counts bigint[];
    due_window_ids bigint[];
    due_window_id bigint;
begin
    -- Each window is looked up once, not once for each call.
    with known as materialized (
        select w.id, w.metric
        from limit_windows w
        where w.id = any (held_window_ids)
    )
    select
        array_agg(b.id), array_agg(b.released), array_agg(b.settled), array_agg(b.overrun), array_agg(b.overruns)
    into changed_ids, released, settled_amounts, overrun_amounts, overrun_counts
    from (
        select
            u.id,
            -- Amounts are at most 3e18, and three of them fit a bigint.
            least(sum(u.amount), 3e18)::bigint as released,
            least(sum(least(u.used, u.amount)), 3e18)::bigint as settled,
            least(sum(greatest(u.used - u.amount, 0)), 3e18)::bigint as overrun,
            count(*) filter (where u.used > u.amount) as overruns
        from (
            select
                k.id, held.amount,
                case k.metric
                    when 'requests' then 1
                    when 'concurrency' then 0
                    when 'tokens' then held.tokens
                    else held.pico_usd
                end as used
            from unnest(held_window_ids, held_amounts, used_tokens, used_pico_usd)
                as held (window_id, amount, tokens, pico_usd)
            join known k on k.id = held.window_id
        ) as u
        group by u.id
    ) as b;

    with changed as (
        update limit_windows w
        set
            reserved = greatest(w.reserved - released[array_position(changed_ids, w.id)], 0),
            -- Saturates: a release that overflowed would fail each time and hold its reservation forever.
            settled = least(w.settled + settled_amounts[array_position(changed_ids, w.id)], 3000000000000000000),
            overrun = least(w.overrun + overrun_amounts[array_position(changed_ids, w.id)], 3000000000000000000),
            overruns = w.overruns + overrun_counts[array_position(changed_ids, w.id)],
            excess = case
                when w.excess > 0 then least(
                    w.excess,
                    greatest(
                        w.settled + settled_amounts[array_position(changed_ids, w.id)]
                            + (w.reserved - released[array_position(changed_ids, w.id)]) - w.cap,
                        0
                    )
                )
                else 0
            end
        where w.id = any (changed_ids)
        returning w.id, w.settled + w.overrun >= w.next_event_at as is_event_due
    )
    select array_agg(c.id order by c.id) into due_window_ids from changed c where c.is_event_due;
    foreach due_window_id in array coalesce(due_window_ids, '{}'::bigint[]) loop
        perform limit_windows_announce(due_window_id);
    end loop;
end
$$;
