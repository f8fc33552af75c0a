-- With fewer parameters it would be a second function, and calls of the previous release would fit both.
do $$
declare
    function_name regprocedure;
begin
    for function_name in
        select p.oid::regprocedure
        from pg_proc p
        where p.proname = 'calls_admit'
            and p.pronamespace = current_schema()::regnamespace
            and not 'limits_as_json' = any (p.proargnames)
    loop
        execute format('drop function %s', function_name);
    end loop;
end
$$;

-- Admits a call in one round trip: authorise, lock, bound, reserve, then write the open row. Each step is a routine of
-- its own, and a refusal is the first verdict that is not 'admitted'. A function rather than one statement, because the
-- windows have to be locked before they are read, and because its parts are planned once per connection.
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
    -- Upper bounds in tokens. `output_tokens` is null if the caller set no bound; one of up to `fill_tokens` is then
    -- filled in, as a multiple of `choices`.
    input_tokens bigint,
    output_tokens bigint,
    fill_tokens bigint,
    choices bigint,
    -- The price of the input bound and of one output token, in pico-USD; null if the model has no price.
    input_pico_usd bigint,
    output_token_pico_usd bigint,
    -- The parts of the request that only the model's limits bound; null if there are none.
    unbounded text,
    seconds_to_settle double precision,
    call_sdk text,
    call_tags jsonb,
    call_idempotency_hash bytea,
    -- What one call of a built-in tool may add; null without such tools. `tool_calls` is null if the caller set no
    -- bound; one of up to `fill_tool_calls` is then filled in.
    tool_call_tokens bigint default null,
    tool_call_pico_usd bigint default null,
    tool_calls bigint default null,
    fill_tool_calls bigint default null,
    -- Whether anything is known that bounds the unbounded parts.
    is_model_known boolean default false,
    -- What a limit that estimates reserves for the input of such a call.
    typical_tokens bigint default null,
    typical_pico_usd bigint default null,
    call_provider text default 'openai',
    -- As the previous release reads them.
    limits_as_json boolean default true
)
returns admission_verdict
language plpgsql
-- The role that makes calls holds no rights on keys, limits and windows.
security definer
set search_path = public, pg_temp
-- The plans hardly depend on the parameters, but Postgres would plan again for each call where it guesses otherwise.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
<<admission>>
declare
    now_at constant timestamptz := clock_timestamp();
    current_price_version bigint;
    verdict text := 'admitted';
    key_id uuid;
    user_label text;
    opened_at timestamptz;
    input_bound_tokens bigint;
    output_bound_tokens bigint;
    tool_call_bound bigint;
    reserved_pico_usd bigint;
    window_ids bigint[];
    window_amounts bigint[];
    limits jsonb;
    refusal jsonb;
    limit_words text[];
    limit_amounts bigint[];
    limit_ends timestamptz[];
    last_used_at timestamptz;
    locked record;
    bounded record;
    reserved record;
    input_bound numeric := input_tokens::numeric;
    output_bound numeric := output_tokens::numeric;
    bound_pico_usd bigint;
    -- As domain::usage::MAX_CREDIBLE_TOKENS.
    max_recorded_tokens constant numeric := 1e9;
    -- What a limit that estimates reserves.
    estimated_tokens numeric;
    estimated_pico_usd numeric;
begin
    -- This commit need not wait for the disk: the caller flushes the log right behind it (docs/adr/0001). Asserted,
    -- since `perform` would run a statement of its own.
    assert set_config('synchronous_commit', 'off', true) = 'off';

    <<steps>>
    begin
        -- Repeated over a new connection, the same call is admitted once. The version of the price book is read
        -- along with it, because starting a statement of its own would cost more than the read.
        select
            b.version, o.key_id, o.user_label, o.opened_at, o.input_bound_tokens, o.output_bound_tokens, o.tool_call_bound,
            o.reserved_pico_usd, o.window_ids, o.window_amounts
        into
            current_price_version, key_id, user_label, opened_at, input_bound_tokens, output_bound_tokens, tool_call_bound,
            reserved_pico_usd, window_ids, window_amounts
        from price_book b
        left join open_calls o on o.id = call_id;
        if opened_at is not null then
            exit steps;
        end if;
        opened_at := now_at;

        -- Authorise: the key, the price book, the idempotency key.
        if key_hash is not null then
            select a.verdict, a.key_id, a.user_label, a.last_used_at
            into verdict, key_id, user_label, last_used_at
            from calls_authorise(key_hash, named_label, call_model, now_at) as a;
            if not found then
                verdict := 'invalid_api_key';
            end if;
            if verdict <> 'admitted' then
                exit steps;
            end if;
        end if;
        user_label := coalesce(user_label, named_label, fallback_label, 'unlabelled');
        -- Without a key the caller pays the provider, and nothing proves whose label this is.
        if key_hash is null then
            if exists (select from limits l where l.subject = 'label:' || admission.user_label)
                or exists (select from api_keys k where k.user_label = admission.user_label and k.revoked_at is null)
            then
                verdict := 'label_needs_key';
                exit steps;
            end if;
        end if;
        if price_version <> current_price_version then
            verdict := 'stale_prices';
            exit steps;
        end if;
        -- Nested, since an expression with a subquery is run as a statement even where its first half decides.
        if call_idempotency_hash is not null then
            if exists (select from open_calls o where o.idempotency_hash = call_idempotency_hash and o.id <> call_id) then
                verdict := 'idempotency_in_progress';
                exit steps;
            end if;
        end if;

        -- Lock: from here on no other call changes the windows of the limits that apply. Callers who pay the provider
        -- themselves use none of our tokens and money, and nothing proves their label and tags.
        locked := limit_windows_lock(
            case when key_hash is not null then user_label end, key_id, case when key_hash is not null then call_tags end,
            now_at
        );

        -- Bound: the most this call can use. A priced call with an output bound and nothing unbounded is bounded
        -- already.
        if locked.windows is not null
            and (
                output_tokens is null
                or unbounded is not null
                or input_pico_usd is null
                or output_token_pico_usd is null
            )
        then
            bounded := calls_bound(
                locked.windows, input_tokens, output_tokens, fill_tokens, choices, input_pico_usd, output_token_pico_usd,
                tool_call_tokens, tool_call_pico_usd, tool_calls, fill_tool_calls, unbounded, is_model_known, typical_tokens,
                typical_pico_usd, now_at
            );
            if bounded.refusal is not null then
                verdict := bounded.refusal;
                exit steps;
            end if;
            output_bound := bounded.output_tokens;
            tool_call_bound := bounded.tool_calls;
        elsif tool_call_tokens is not null then
            tool_call_bound := tool_calls;
        end if;
        if tool_call_tokens is not null then
            -- Without any bound, one call is assumed: more than it costs without tools, and all that is known.
            input_bound := input_bound + coalesce(tool_call_bound, 1) * tool_call_tokens::numeric;
        end if;
        -- Limits reserve all of a bound; what may become an estimate in the ledger is at most what a call can use, or
        -- sums would overflow. `least` skips nulls, so they are excluded first.
        input_bound_tokens := least(input_bound, max_recorded_tokens)::bigint;
        if output_bound is not null then
            output_bound_tokens := least(output_bound, max_recorded_tokens)::bigint;
            if input_pico_usd is not null and output_token_pico_usd is not null then
                -- More than a bigint holds is more than any cap.
                bound_pico_usd := least(
                    input_pico_usd + coalesce(coalesce(tool_call_bound, 1) * tool_call_pico_usd::numeric, 0)
                    + output_token_pico_usd * output_bound,
                    9e18
                )::bigint;
                if greatest(input_bound, output_bound) <= max_recorded_tokens then
                    reserved_pico_usd := bound_pico_usd;
                end if;
            end if;
        end if;
        if unbounded is not null then
            estimated_tokens := typical_tokens + coalesce(output_bound, 0);
            estimated_pico_usd := typical_pico_usd + output_token_pico_usd * coalesce(output_bound, 0);
        end if;

        -- Reserve the bound in every window, or in none.
        if locked.windows is not null then
            reserved := limit_windows_reserve(
                locked.windows,
                least(input_bound + coalesce(output_bound, 0), 9e18)::bigint,
                coalesce(bound_pico_usd, 0),
                least(estimated_tokens, 9e18)::bigint,
                least(estimated_pico_usd, 9e18)::bigint
            );
            if reserved.refused_by is not null then
                verdict := 'limited';
                refusal := limit_state(
                    locked.limit_words, locked.limit_amounts, locked.limit_ends, reserved.refused_by
                ) || jsonb_build_object('need', reserved.needed);
                exit steps;
            end if;
            window_ids := reserved.window_ids;
            window_amounts := reserved.window_amounts;
            limit_words := locked.limit_words;
            limit_amounts := locked.limit_amounts;
            limit_ends := locked.limit_ends;
            if limits_as_json then
                limits := to_jsonb(array(
                    select limit_state(locked.limit_words, locked.limit_amounts, locked.limit_ends, place)
                    from generate_subscripts(locked.windows, 1) as place
                ));
            end if;
        end if;

        insert into open_calls (
            id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, tool_call_bound, reserved_pico_usd,
            key_id, stream, user_label, model, endpoint, service_tier, sdk, idempotency_hash, tags, window_ids, window_amounts,
            provider
        )
        values (
            call_id, now_at, now_at + make_interval(secs => seconds_to_settle), input_bound_tokens, output_bound_tokens,
            tool_call_bound, reserved_pico_usd, key_id, call_stream, user_label, call_model, call_endpoint, call_service_tier, call_sdk,
            call_idempotency_hash, call_tags, window_ids, window_amounts, call_provider
        );

        -- At most one write per key and minute, skipped if another call is writing it.
        if key_id is not null and (last_used_at is null or last_used_at < now_at - interval '1 minute') then
            update api_keys k
            set last_used_at = now_at
            where k.id = (select a.id from api_keys a where a.id = admission.key_id for update skip locked);
        end if;
    end steps;

    return row(
        verdict, key_id, user_label, opened_at, input_bound_tokens, output_bound_tokens, tool_call_bound, reserved_pico_usd,
        window_ids, window_amounts, limits, refusal, limit_words, limit_amounts, limit_ends
    )::admission_verdict;
end
$$;
