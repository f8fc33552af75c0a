-- What a call reserves in each of the locked windows; or the position of the hard limit that has no room for it, and
-- what the call needs there. A hard limit that estimates reserves the estimate, if there is one.
create or replace function limit_windows_fit(
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
language plpgsql immutable
as $$
declare
    locked limit_windows;
    amount bigint;
begin
    foreach locked in array windows loop
        amount := case locked.metric
            when 'tokens' then tokens
            when 'usd' then pico_usd
            else 1
        end;
        if locked.hard then
            if locked.unbounded = 'estimate' then
                amount := case locked.metric
                    when 'tokens' then coalesce(estimated_tokens, amount)
                    when 'usd' then coalesce(estimated_pico_usd, amount)
                    else amount
                end;
            end if;
            if amount > locked.cap - locked.settled - locked.overrun - locked.reserved then
                refused_by := coalesce(cardinality(window_ids), 0) + 1;
                needed := amount;
                return;
            end if;
        else
            -- A soft limit counts as much as fits: 3e18 is more than any cap, and three of it fit a bigint.
            amount := least(amount, greatest(3000000000000000000 - locked.reserved, 0));
        end if;
        window_ids := array_append(window_ids, locked.id);
        window_amounts := array_append(window_amounts, amount);
    end loop;
end
$$;
