-- squawk-ignore ban-drop-function
drop function if exists limit_windows_reserve(limit_windows[], bigint, bigint);

-- Reserves a call's bound in every locked window, or in none: all are checked before any is changed. A refusal is
-- counted and returns the position of its window and what the call needs there.
create or replace function limit_windows_reserve(
    windows limit_windows[],
    tokens bigint,
    pico_usd bigint,
    estimated_tokens bigint,
    estimated_pico_usd bigint,
    out window_ids bigint[],
    out window_amounts bigint[],
    out refused_by integer,
    out needed bigint
)
language plpgsql
as $$
declare
    fitted record;
    refusing limit_windows;
begin
    fitted := limit_windows_fit(windows, tokens, pico_usd, estimated_tokens, estimated_pico_usd);
    if fitted.refused_by is not null then
        refused_by := fitted.refused_by;
        needed := fitted.needed;
        refusing := windows[refused_by];
        -- Final if no release in flight can make room; what is in flight under a cap on concurrency always ends.
        perform limit_windows_refuse(
            refusing.id,
            needed > refusing.cap - refusing.settled - refusing.overrun and refusing.metric <> 'concurrency'
        );
        return;
    end if;
    window_ids := fitted.window_ids;
    window_amounts := fitted.window_amounts;
    -- By the ids alone: a join with the arrays would cost more than the rest of the statement.
    update limit_windows w
    set reserved = w.reserved + window_amounts[array_position(window_ids, w.id)]
    where w.id = any (window_ids);
end
$$;
