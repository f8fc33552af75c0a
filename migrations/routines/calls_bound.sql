-- squawk-ignore ban-drop-function
drop function if exists calls_bound(
    limit_windows[], bigint, bigint, bigint, bigint, bigint, bigint, text, timestamptz
);

-- The bounds of a call under locked windows. Without a hard limit on tokens or money they are the caller's own, if any;
-- under one, a missing bound of output or of calls of built-in tools is filled in, and a call whose cost cannot be
-- bounded is refused.
--
-- Tool calls come first, since a call that has built-in tools needs room for at least one: as many as half of what the
-- limit has left can pay beside the input and an ample output. A filled-in output bound is an eighth of what is then
-- left, so that other calls find the rest, but at least an ample one. While reservations in flight could still make
-- room for an ample bound, the call asks for that, and is refused for now rather than cut short. At the end of a limit
-- it gets half of what is left, down to the smallest bound that the provider accepts; or, where a new window of tokens
-- begins within a minute, an ample bound (or the whole window, if smaller), which is worth the wait.
--
-- A limit that estimates reserves what is typical of such a call, and is no reason to fill in tool calls.
create or replace function calls_bound(
    windows limit_windows[],
    -- Without tool calls.
    input_tokens bigint,
    caller_output_tokens bigint,
    fill_tokens bigint,
    choices bigint,
    input_pico_usd bigint,
    output_token_pico_usd bigint,
    -- Null without built-in tools.
    tool_call_tokens bigint,
    tool_call_pico_usd bigint,
    caller_tool_calls bigint,
    fill_tool_calls bigint,
    unbounded text,
    is_model_known boolean,
    typical_tokens bigint,
    typical_pico_usd bigint,
    at timestamptz,
    -- Not bigints: the caller's own bounds times a price may exceed one.
    out output_tokens numeric,
    out tool_calls bigint,
    out refusal text
)
language plpgsql stable
as $$
declare
    bounding limit_windows;
    -- In numeric, since `choices` may be as large as a bigint.
    ample numeric;
    filled numeric;
    -- What is left, the input, one tool call and one output token, in the metric of the window.
    remaining numeric;
    needed numeric;
    tool_call numeric;
    price numeric;
    affordable numeric;
    is_estimated boolean;
    is_bounded boolean := false;
begin
    ample := least(4096 * choices::numeric, fill_tokens);
    filled := fill_tokens::numeric;
    tool_calls := caller_tool_calls;
    foreach bounding in array windows loop
        continue when not bounding.hard or bounding.metric not in ('tokens', 'usd');
        is_bounded := true;
        if unbounded is not null and (bounding.unbounded = 'refuse' or not is_model_known) then
            refusal := 'unbounded_request';
            return;
        end if;
        if bounding.metric = 'usd' and (input_pico_usd is null or output_token_pico_usd is null) then
            refusal := 'model_not_priced';
            return;
        end if;
        continue when tool_call_tokens is null or caller_tool_calls is not null or bounding.unbounded = 'estimate';
        remaining := (bounding.cap - bounding.settled - bounding.overrun - bounding.reserved)::numeric;
        if bounding.metric = 'usd' then
            needed := input_pico_usd + output_token_pico_usd * coalesce(caller_output_tokens, ample);
            tool_call := tool_call_pico_usd::numeric;
        else
            needed := input_tokens + coalesce(caller_output_tokens, ample);
            tool_call := tool_call_tokens::numeric;
        end if;
        tool_calls := least(
            coalesce(tool_calls, fill_tool_calls),
            greatest(floor((remaining / 2 - needed) / greatest(tool_call, 1)), 1)
        )::bigint;
    end loop;

    if not is_bounded or caller_output_tokens is not null then
        output_tokens := caller_output_tokens::numeric;
        return;
    end if;

    foreach bounding in array windows loop
        continue when not bounding.hard or bounding.metric not in ('tokens', 'usd');
        is_estimated := unbounded is not null and bounding.unbounded = 'estimate';
        remaining := (bounding.cap - bounding.settled - bounding.overrun - bounding.reserved)::numeric;
        if bounding.metric = 'usd' then
            price := greatest(output_token_pico_usd, 1)::numeric;
            needed := case
                when is_estimated then typical_pico_usd
                else input_pico_usd + coalesce(coalesce(tool_calls, 1) * tool_call_pico_usd::numeric, 0)
            end;
        else
            price := 1::numeric;
            needed := case
                when is_estimated then typical_tokens
                else input_tokens + coalesce(coalesce(tool_calls, 1) * tool_call_tokens::numeric, 0)
            end;
        end if;
        affordable := (remaining - needed) / price;
        filled := least(filled, case
            when affordable >= ample then greatest(affordable / 8, ample)
            when affordable + bounding.reserved / price >= ample then ample
            when bounding.metric = 'tokens' and bounding.ends_at <= at + interval '1 minute'
                then greatest(least(ample, bounding.cap - needed), 16 * choices::numeric)
            else greatest(affordable / 2, 16 * choices::numeric)
        end);
    end loop;
    output_tokens := floor(filled / choices) * choices;
end
$$;
