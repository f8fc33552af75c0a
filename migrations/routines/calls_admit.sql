-- Near the end of a window of tokens a call without an output bound waits for the next one rather than be cut short: under
-- 10,000 tokens a minute, those at the end of each minute were cut to a few dozen tokens, where a rate limit should refuse.
--
-- Admission in one round trip. A function, and not one statement of many parts: the rows of limits are locked first
-- and read as they are then, and its parts are planned once a connection.
create or replace function calls_admit(
    call_id uuid,
    key_hash bytea,
    price_version bigint,
    named_label text,
    fallback_label text,
    call_model text,
    call_endpoint text,
    call_stream boolean,
    call_service_tier text,
    -- Upper bounds in tokens. Where the caller names no output bound, `fill_tokens` may be filled in at most, in
    -- steps of `choices`.
    input_tokens bigint,
    output_tokens bigint,
    fill_tokens bigint,
    choices bigint,
    -- The price of the input bound and of a token of output, in pico-USD; null without a price.
    input_pico_usd bigint,
    output_token_pico_usd bigint,
    -- Parts of the request that nothing bounds.
    unbounded text,
    seconds_to_settle double precision,
    call_sdk text,
    call_tags jsonb,
    call_idempotency_hash bytea,
    out verdict text,
    out key_id uuid,
    out user_label text,
    out opened_at timestamptz,
    out output_bound_tokens bigint,
    out reserved_pico_usd bigint,
    -- Of the limits that apply, in the order of their locks.
    out window_ids bigint[],
    out window_amounts bigint[],
    out limits jsonb,
    -- The limit that refused the call.
    out refusal jsonb
)
language plpgsql
as $$
#variable_conflict use_column
declare
    -- Output bounds that are filled in, per choice. While a limit has room for an ample one, a call reserves at least
    -- that, and waits for the reservations of others rather than be cut short; it reserves no more than an eighth, so
    -- that others find the rest. At the end of a limit it gets half of what is left, down to the least bound that the
    -- provider accepts, unless a new window of tokens begins within a minute: that is worth the wait, and worth an ample
    -- bound, or all of the window where that is less.
    ample_tokens constant numeric := 4096;
    least_tokens constant numeric := 16;
    -- More than any cap, and so little that three of it can be added.
    most constant bigint := 3e18;
    now_at timestamptz := clock_timestamp();
    last_used_at timestamptz;
    applied record;
    limit_window limit_windows;
    states jsonb[] := '{}';
    hard_frees bigint[] := '{}';
    is_bounded boolean := false;
    output_bound numeric := output_tokens;
    free bigint;
    output_price numeric;
    affordable numeric;
    ample numeric;
    renewed numeric;
    need bigint;
    position int := 0;
begin
    -- A lost admission is made good by settlement, which is always durable; so this commit need not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);
    verdict := 'admitted';

    -- Repeated over a new connection, the same call is admitted once.
    select
        o.key_id, o.user_label, o.opened_at, o.output_bound_tokens, o.reserved_pico_usd, o.window_ids, o.window_amounts
    into key_id, user_label, opened_at, output_bound_tokens, reserved_pico_usd, window_ids, window_amounts
    from open_calls o
    where o.id = call_id;
    if found then
        return;
    end if;
    opened_at := now_at;

    if key_hash is not null then
        select
            k.id, k.user_label, k.last_used_at,
            case
                when not (k.scopes && array['chat', 'admin']) then 'scope_missing'
                when k.user_label <> named_label then 'label_not_allowed'
                when k.models is not null and not exists (
                    select
                    from unnest(k.models) as glob
                    -- Only `*` is wild.
                    where call_model like
                        replace(replace(replace(replace(glob, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
                ) then 'model_not_allowed'
                else 'admitted'
            end
        into key_id, user_label, last_used_at, verdict
        from api_key_secrets s
        join api_keys k on k.id = s.key_id
        where s.secret_hash = key_hash
            and (s.expires_at is null or s.expires_at > now_at)
            and (k.expires_at is null or k.expires_at > now_at)
            and k.revoked_at is null;
        if not found then
            verdict := 'invalid_api_key';
        end if;
        if verdict <> 'admitted' then
            return;
        end if;
    end if;
    user_label := coalesce(user_label, named_label, fallback_label, 'unlabelled');
    if price_version <> (select b.version from price_book b) then
        verdict := 'stale_prices';
        return;
    end if;
    if call_idempotency_hash is not null and exists (
        select from open_calls o where o.idempotency_hash = call_idempotency_hash and o.id <> call_id
    ) then
        verdict := 'idempotency_in_progress';
        return;
    end if;

    -- First every row is locked and read; limits come in one order everywhere, so that nobody waits in a circle.
    for applied in
        select
            l.id, l.subject_kind, l.subject_id, l.metric, l.period, l.mode = 'hard' as hard,
            limit_window_start(l.period, l.time_zone, now_at) as starts_at
        from limits l
        where l.subject = any (array['global:', 'label:' || user_label, 'key:' || key_id::text])
        order by l.id
    loop
        select w.* into limit_window
        from limit_windows w
        where w.limit_id = applied.id and w.starts_at = applied.starts_at
        for update;
        if not found then
            perform limit_windows_open(applied.id, now_at);
            select w.* into limit_window
            from limit_windows w
            where w.limit_id = applied.id and w.starts_at = applied.starts_at
            for update;
            continue when not found; -- deleted just now
        end if;
        window_ids := array_append(window_ids, limit_window.id);
        free := limit_window.cap - limit_window.settled - limit_window.overrun - limit_window.reserved;
        hard_frees := array_append(hard_frees, case when limit_window.hard then free end);
        states := array_append(states, jsonb_build_object(
            'id', applied.id, 'subject_kind', applied.subject_kind, 'subject_id', applied.subject_id,
            'metric', applied.metric, 'period', applied.period, 'hard', limit_window.hard, 'cap', limit_window.cap,
            'used', limit_window.settled + limit_window.overrun, 'reserved', limit_window.reserved,
            'resets_at', limit_window.ends_at
        ));
        is_bounded := is_bounded or limit_window.hard and applied.metric in ('tokens', 'usd');
    end loop;

    -- The bound of the call, filled in where a hard limit needs one.
    if is_bounded then
        if unbounded is not null then
            verdict := 'unbounded_request';
            return;
        end if;
        for position in 1..cardinality(states) loop
            if hard_frees[position] is not null
                and states[position] ->> 'metric' = 'usd'
                and (input_pico_usd is null or output_token_pico_usd is null)
            then
                verdict := 'model_not_priced';
                return;
            end if;
        end loop;
        if output_bound is null then
            output_bound := fill_tokens;
            ample := least(ample_tokens * choices, fill_tokens);
            for position in 1..cardinality(states) loop
                continue when hard_frees[position] is null or states[position] ->> 'metric' not in ('tokens', 'usd');
                output_price := case states[position] ->> 'metric'
                    when 'usd' then greatest(output_token_pico_usd, 1) else 1
                end;
                need := case states[position] ->> 'metric' when 'usd' then input_pico_usd else input_tokens end;
                affordable := (hard_frees[position] - need) / output_price;
                renewed := case
                    when states[position] ->> 'metric' = 'tokens'
                        and (states[position] ->> 'resets_at')::timestamptz <= now_at + interval '1 minute'
                    then least(ample, (states[position] ->> 'cap')::bigint - need)
                end;
                output_bound := least(output_bound, case
                    when affordable >= ample then greatest(affordable / 8, ample)
                    when affordable + (states[position] ->> 'reserved')::bigint / output_price >= ample then ample
                    else greatest(coalesce(renewed, affordable / 2), least_tokens * choices)
                end);
            end loop;
            output_bound := floor(output_bound / choices) * choices;
        end if;
    end if;
    -- What does not fit a bigint is more than any cap; least() passes over nulls, so they are kept from it.
    if output_bound is not null then
        output_bound_tokens := least(output_bound, 9e18);
        if input_pico_usd is not null and output_token_pico_usd is not null then
            reserved_pico_usd := least(input_pico_usd + output_token_pico_usd::numeric * output_bound, 9e18);
        end if;
    end if;

    -- All are checked before any is changed.
    for position in 1..coalesce(cardinality(states), 0) loop
        need := case states[position] ->> 'metric'
            when 'tokens' then least(input_tokens::numeric + coalesce(output_bound, 0), 9e18)
            when 'usd' then coalesce(reserved_pico_usd, 0)
            else 1
        end;
        if hard_frees[position] is null then
            -- A soft limit counts what it can.
            need := least(need, greatest(most - (states[position] ->> 'reserved')::bigint, 0));
        end if;
        window_amounts := array_append(window_amounts, need);
        if need > hard_frees[position] then
            verdict := 'limited';
            refusal := states[position] || jsonb_build_object('need', need);
            perform limit_windows_refuse(
                window_ids[position],
                -- Nothing that is in flight can make room: an event, once in a window.
                need > hard_frees[position] + (states[position] ->> 'reserved')::bigint
                    and states[position] ->> 'metric' <> 'concurrency'
            );
            return;
        end if;
    end loop;
    for position in 1..coalesce(cardinality(states), 0) loop
        update limit_windows w
        set reserved = w.reserved + window_amounts[position]
        where w.id = window_ids[position];
    end loop;
    limits := to_jsonb(nullif(states, '{}'));

    insert into open_calls (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, reserved_pico_usd, key_id, stream,
        user_label, model, endpoint, service_tier, sdk, idempotency_hash, tags, window_ids, window_amounts
    )
    values (
        call_id, now_at, now_at + make_interval(secs => seconds_to_settle), input_tokens, output_bound_tokens,
        reserved_pico_usd, key_id, call_stream, user_label, call_model, call_endpoint, call_service_tier, call_sdk,
        call_idempotency_hash, call_tags, window_ids, window_amounts
    );

    -- At most one write a minute and key, and nobody waits for it.
    if key_id is not null and (last_used_at is null or last_used_at < now_at - interval '1 minute') then
        update api_keys k
        set last_used_at = now_at
        where k.id = (select a.id from api_keys a where a.id = calls_admit.key_id for update skip locked);
    end if;
end
$$;
