-- `calls_admit` for several calls of one caller for one model, in their order: the windows of the limits that apply to
-- all of them are locked once, and change once. Only for calls that have a key, are bounded but for their output, and
-- send no Idempotency-Key. No row where all of them share a reason not to be admitted, or one was admitted before:
-- each is then decided by itself.
create or replace function calls_admit_batch(
    key_hash bytea,
    price_version bigint,
    named_label text,
    fallback_label text,
    call_model text,
    call_tags jsonb,
    call_ids uuid[],
    call_endpoints text[],
    call_streams boolean[],
    call_service_tiers text[],
    -- As in `calls_admit`.
    input_tokens bigint[],
    output_tokens bigint[],
    fill_tokens bigint[],
    choices bigint[],
    input_pico_usd bigint[],
    output_token_pico_usd bigint[],
    seconds_to_settle double precision[],
    call_sdks text[],
    call_providers text[]
)
returns table (
    call_id uuid,
    verdict text,
    key_id uuid,
    user_label text,
    opened_at timestamptz,
    input_bound_tokens bigint,
    output_bound_tokens bigint,
    reserved_pico_usd bigint,
    window_ids bigint[],
    window_amounts bigint[],
    refusal jsonb,
    limit_words text[],
    limit_amounts bigint[],
    limit_ends timestamptz[]
)
language plpgsql
-- The role that makes calls holds no rights on keys, limits and windows.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each batch.
set plan_cache_mode = force_generic_plan
-- Rows come and go by the thousand: a plan made while there were few would read all of them forever.
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    authorised record;
    locked record;
    bounded record;
    fitted record;
    windows limit_windows[];
    limit_count integer;
    -- As domain::usage::MAX_CREDIBLE_TOKENS.
    max_recorded_tokens constant numeric := 1e9;
    output_bound numeric;
    bound_pico_usd bigint;
    -- Of the calls that are admitted.
    admitted_places integer[];
    output_bounds bigint[];
    reservations bigint[];
    -- One place a window.
    amounts bigint[];
    sums bigint[];
begin
    -- This commit need not wait for the disk: the caller flushes the log right behind it (docs/adr/0001).
    assert set_config('synchronous_commit', 'off', true) = 'off';
    opened_at := clock_timestamp();

    perform
    from price_book b
    where b.version = price_version and not exists (select from open_calls o where o.id = any (call_ids));
    if not found then
        return;
    end if;
    select a.verdict, a.key_id, a.user_label, a.last_used_at
    into authorised
    from calls_authorise(key_hash, named_label, call_model, opened_at) as a;
    if authorised.verdict is distinct from 'admitted' then
        return;
    end if;
    key_id := authorised.key_id;
    user_label := coalesce(authorised.user_label, named_label, fallback_label, 'unlabelled');

    locked := limit_windows_lock(user_label, key_id, call_tags, opened_at);
    windows := locked.windows;
    limit_count := coalesce(cardinality(windows), 0);
    limit_words := locked.limit_words;
    limit_amounts := locked.limit_amounts;
    limit_ends := locked.limit_ends;
    for nth in 1..limit_count loop
        window_ids := array_append(window_ids, windows[nth].id);
        sums := array_append(sums, 0::bigint);
    end loop;

    for place in 1..cardinality(call_ids) loop
        call_id := call_ids[place];
        verdict := 'admitted';
        refusal := null;
        window_amounts := null;
        output_bound_tokens := null;
        reserved_pico_usd := null;
        bound_pico_usd := null;
        input_bound_tokens := least(input_tokens[place], max_recorded_tokens)::bigint;
        output_bound := output_tokens[place]::numeric;

        if limit_count > 0
            and (
                output_bound is null or input_pico_usd[place] is null or output_token_pico_usd[place] is null
            )
        then
            bounded := calls_bound(
                windows, input_tokens[place], output_tokens[place], fill_tokens[place], choices[place],
                input_pico_usd[place], output_token_pico_usd[place], null, null, null, null, null, false, null, null,
                opened_at
            );
            verdict := coalesce(bounded.refusal, verdict);
            output_bound := bounded.output_tokens;
        end if;
        if output_bound is not null then
            output_bound_tokens := least(output_bound, max_recorded_tokens)::bigint;
            if input_pico_usd[place] is not null and output_token_pico_usd[place] is not null then
                -- More than a bigint holds is more than any cap.
                bound_pico_usd := least(
                    input_pico_usd[place] + output_token_pico_usd[place] * output_bound, 9e18
                )::bigint;
                if greatest(input_tokens[place], output_bound) <= max_recorded_tokens then
                    reserved_pico_usd := bound_pico_usd;
                end if;
            end if;
        end if;

        if limit_count > 0 and verdict = 'admitted' then
            fitted := limit_windows_fit(
                windows,
                least(input_tokens[place] + coalesce(output_bound, 0), 9e18)::bigint,
                coalesce(bound_pico_usd, 0),
                null,
                null
            );
            if fitted.refused_by is null then
                window_amounts := fitted.window_amounts;
            else
                verdict := 'limited';
                refusal := limit_state(limit_words, limit_amounts, limit_ends, fitted.refused_by)
                    || jsonb_build_object('need', fitted.needed);
                -- As in limit_windows_reserve.
                perform limit_windows_refuse(
                    window_ids[fitted.refused_by],
                    fitted.needed > limit_amounts[fitted.refused_by * 3 - 2] - limit_amounts[fitted.refused_by * 3 - 1]
                    and windows[fitted.refused_by].metric <> 'concurrency'
                );
            end if;
        end if;
        return next;

        -- The next call finds this one's reservation.
        if verdict = 'admitted' then
            admitted_places := array_append(admitted_places, place);
            output_bounds := array_append(output_bounds, output_bound_tokens);
            reservations := array_append(reservations, reserved_pico_usd);
            for nth in 1..limit_count loop
                amounts := array_append(amounts, window_amounts[nth]);
                sums[nth] := sums[nth] + window_amounts[nth];
                windows[nth].reserved := windows[nth].reserved + window_amounts[nth];
                limit_amounts[nth * 3] := limit_amounts[nth * 3] + window_amounts[nth];
            end loop;
        end if;
    end loop;

    update limit_windows w
    set reserved = w.reserved + sums[array_position(window_ids, w.id)]
    where w.id = any (window_ids);

    insert into open_calls (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, reserved_pico_usd, key_id, stream,
        user_label, model, endpoint, service_tier, sdk, tags, window_ids, window_amounts, provider
    )
    select
        call_ids[place], opened_at, opened_at + make_interval(secs => seconds_to_settle[place]),
        least(input_tokens[place], max_recorded_tokens)::bigint, output_bounds[nth], reservations[nth], key_id,
        call_streams[place], user_label, call_model, call_endpoints[place], call_service_tiers[place],
        call_sdks[place], call_tags, window_ids,
        case when limit_count > 0 then amounts[(nth - 1) * limit_count + 1 : nth * limit_count] end,
        call_providers[place]
    from unnest(admitted_places) with ordinality as admitted (place, nth);

    -- At most one write per key and minute, skipped if another call is writing it.
    if authorised.last_used_at is null or authorised.last_used_at < opened_at - interval '1 minute' then
        update api_keys k
        set last_used_at = opened_at
        where k.id = (select a.id from api_keys a where a.id = calls_admit_batch.key_id for update skip locked);
    end if;
end
$$;
