-- squawk-ignore ban-drop-function
do $$
begin
    if exists (
        select from pg_proc p
        where p.oid = to_regprocedure('limit_windows_book(bigint[], bigint[], bigint, bigint)')
            and p.prorettype = 'void'::regtype
    ) then
        drop function limit_windows_book(bigint[], bigint[], bigint, bigint);
    end if;
end
$$;

-- Turns reservations into usage. Usage that is not known (null) books the whole reservation. Usage beyond a reservation
-- is an overrun: counted, but outside any cap. Returns true, so that it can be called in an expression, which costs
-- less than a statement.
--
-- Windows are changed in the order of their ids, as everywhere, so that no two transactions wait for each other: an
-- index returns the rows of an array of ids in that order, and other scans are switched off. Locked first, in a part of
-- the statement that sorts them, they cost twice as much.
create or replace function limit_windows_book(
    window_ids bigint[], window_amounts bigint[], used_tokens bigint, used_pico_usd bigint
) returns boolean
language plpgsql
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    due_window_ids bigint[];
    due_window_id bigint;
begin
    -- What a call used is null if it is not known; `least` and `greatest` skip nulls. Amounts are at most 3e18, and
    -- three of them fit a bigint. An update cannot name an expression, and a join that did would be another scan.
    with changed as (
        update limit_windows w
        set
            reserved = greatest(w.reserved - window_amounts[array_position(window_ids, w.id)], 0),
            -- Saturates: a release that overflowed would fail each time and hold its reservation forever.
            settled = least(
                w.settled + least(
                    case w.metric
                        when 'requests' then 1 when 'concurrency' then 0 when 'tokens' then used_tokens
                        else used_pico_usd
                    end,
                    window_amounts[array_position(window_ids, w.id)]
                ),
                3000000000000000000
            ),
            overrun = least(
                w.overrun + least(
                    greatest(
                        case w.metric
                            when 'requests' then 1 when 'concurrency' then 0 when 'tokens' then used_tokens
                            else used_pico_usd
                        end - window_amounts[array_position(window_ids, w.id)],
                        0
                    ),
                    3000000000000000000
                ),
                3000000000000000000
            ),
            overruns = w.overruns + case
                when case w.metric
                    when 'requests' then 1 when 'concurrency' then 0 when 'tokens' then used_tokens else used_pico_usd
                end > window_amounts[array_position(window_ids, w.id)] then 1
                else 0
            end,
            excess = case
                when w.excess > 0 then least(
                    w.excess,
                    greatest(
                        w.settled + least(
                            case w.metric
                                when 'requests' then 1 when 'concurrency' then 0 when 'tokens' then used_tokens
                                else used_pico_usd
                            end,
                            window_amounts[array_position(window_ids, w.id)]
                        ) + (w.reserved - window_amounts[array_position(window_ids, w.id)]) - w.cap,
                        0
                    )
                )
                else 0
            end
        where w.id = any (window_ids)
        returning w.id, w.settled + w.overrun >= w.next_event_at as is_event_due
    )
    select array_agg(c.id) into due_window_ids from changed c where c.is_event_due;
    if due_window_ids is not null then
        foreach due_window_id in array due_window_ids loop
            perform limit_windows_announce(due_window_id);
        end loop;
    end if;
    return true;
end
$$;
