-- The output bound of a call under locked windows. Without a hard limit on tokens or money it is the caller's own, if any;
-- under one, a call whose cost cannot be bounded is refused, and a missing output bound is filled in.
--
-- A filled-in bound is an eighth of what the limit has left, so that other calls find the rest, but at least an ample one.
-- While reservations in flight could still make room for an ample bound, the call asks for that, and is refused for now
-- rather than cut short. At the end of a limit it gets half of what is left, down to the smallest bound that the provider
-- accepts; or, where a new window of tokens begins within a minute, an ample bound (or the whole window, if smaller), which
-- is worth the wait.
create or replace function calls_bound(
    windows limit_windows[],
    input_tokens bigint,
    caller_output_tokens bigint,
    fill_tokens bigint,
    choices bigint,
    input_pico_usd bigint,
    output_token_pico_usd bigint,
    unbounded text,
    at timestamptz,
    -- Not a bigint: the caller's own bound times its price may exceed one.
    out output_tokens numeric,
    out refusal text
)
language plpgsql stable
as $$
declare
    bounding limit_windows;
    -- In numeric, since `choices` may be as large as a bigint.
    ample numeric;
    filled numeric;
    -- Of one output token, in the metric of the window.
    price numeric;
    affordable numeric;
    is_bounded boolean := false;
begin
    if caller_output_tokens is null then
        ample := least(4096 * choices::numeric, fill_tokens);
        filled := fill_tokens::numeric;
    end if;
    foreach bounding in array windows loop
        continue when not bounding.hard or bounding.metric not in ('tokens', 'usd');
        is_bounded := true;
        if unbounded is not null then
            refusal := 'unbounded_request';
            return;
        end if;
        if bounding.metric = 'usd' and (input_pico_usd is null or output_token_pico_usd is null) then
            refusal := 'model_not_priced';
            return;
        end if;
        continue when caller_output_tokens is not null;
        affordable := (bounding.cap - bounding.settled - bounding.overrun - bounding.reserved)::numeric;
        if bounding.metric = 'usd' then
            price := greatest(output_token_pico_usd, 1)::numeric;
            affordable := (affordable - input_pico_usd) / price;
        else
            price := 1::numeric;
            affordable := affordable - input_tokens;
        end if;
        filled := least(filled, case
            when affordable >= ample then greatest(affordable / 8, ample)
            when affordable + bounding.reserved / price >= ample then ample
            when bounding.metric = 'tokens' and bounding.ends_at <= at + interval '1 minute'
                then greatest(least(ample, bounding.cap - input_tokens), 16 * choices::numeric)
            else greatest(affordable / 2, 16 * choices::numeric)
        end);
    end loop;
    output_tokens := case
        when is_bounded and caller_output_tokens is null then floor(filled / choices) * choices
        else caller_output_tokens::numeric
    end;
end
$$;
