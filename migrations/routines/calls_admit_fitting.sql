-- Admits calls of any callers together, where all that their limits have to decide is whether there is room for them:
-- their windows are changed by one statement, which also checks them. A caller whose calls need more than that (a
-- refusal, an output bound that depends on what is left) is left to `calls_admit` and `calls_admit_batch`, which give
-- the same verdict where this one gives any. Null if no call is admitted, as where a window has to be opened first.
--
-- Windows are changed in the order of their ids, as everywhere, so that no two transactions wait for each other: an
-- index returns the rows of an array of ids in that order, and other scans are switched off. So are joins that read all
-- of a table: a plan made while there are few keys and windows is kept when there are many.
create or replace function calls_admit_fitting(
    -- One place a caller: calls that differ in none of these.
    key_hashes bytea[],
    price_versions bigint[],
    named_labels text[],
    fallback_labels text[],
    call_models text[],
    call_tags jsonb[],
    -- One place a call, each with the place of its caller.
    call_callers integer[],
    call_ids uuid[],
    call_endpoints text[],
    call_streams boolean[],
    call_service_tiers text[],
    seconds_to_settle double precision[],
    call_sdks text[],
    call_providers text[],
    input_bounds bigint[],
    -- In tokens. Where the caller set no bound, what a hard limit on tokens or money fills in if it has ample room.
    output_bounds bigint[],
    are_filled boolean[],
    -- The price of both bounds, in pico-USD; null if the model has none.
    bound_pico_usd bigint[],
    -- What such a limit must have left behind all of these calls, for that bound to be filled in.
    ample_tokens bigint[],
    ample_pico_usd bigint[]
)
returns fitting_admission
language plpgsql
-- The role that makes calls holds no rights on keys, limits and windows.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each batch.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    now_at constant timestamptz := clock_timestamp();
    -- A soft limit counts up to this: more than any cap, and three of it fit a bigint.
    max_amount constant bigint := 3000000000000000000;
    key_ids uuid[];
    user_labels text[];
    is_use_due boolean;
    -- One place for each limit of a caller.
    limit_callers integer[];
    limit_ids uuid[];
    subject_ids text[];
    limit_words text[];
    window_ids bigint[];
    are_bounded boolean[];
    are_hard boolean[];
    -- What a call reserves: 1, or where its tokens (-1) or its price (-2) stand in for it.
    units bigint[];
    sums bigint[];
    -- What all calls of the batch reserve in the window, and what must be left behind them.
    totals bigint[];
    amples bigint[];
    -- One place a window that had room.
    changed_ids bigint[];
    caps bigint[];
    used bigint[];
    reserved bigint[];
    ends_at timestamptz[];
begin
    -- This commit need not wait for the disk: the caller flushes the log right behind it (docs/adr/0001).
    assert set_config('synchronous_commit', 'off', true) = 'off';

    -- The first statement touches `open_calls`, and limits are read by a later one (docs/adr/0005).
    select
        array_agg(a.key_id order by caller.place),
        array_agg(
            coalesce(a.user_label, named_labels[caller.place], fallback_labels[caller.place], 'unlabelled')
            order by caller.place
        ),
        bool_or(a.key_id is not null and (a.last_used_at is null or a.last_used_at < now_at - interval '1 minute'))
    into key_ids, user_labels, is_use_due
    from unnest(key_hashes) with ordinality as caller (key_hash, place)
    left join lateral calls_authorise(
        caller.key_hash, named_labels[caller.place], call_models[caller.place], now_at
    ) as a on a.verdict = 'admitted' and price_versions[caller.place] = (select b.version from price_book b)
    where not exists (select from open_calls o where o.id = any (call_ids));

    select
        array_agg(f.caller), array_agg(f.limit_id), array_agg(f.subject_id), array_agg(f.words),
        array_agg(f.window_id), array_agg(f.is_bounded), array_agg(f.is_hard), array_agg(f.unit),
        array_agg(f.amount), array_agg(f.total), array_agg(f.ample)
    into
        limit_callers, limit_ids, subject_ids, limit_words, window_ids, are_bounded, are_hard, units, sums, totals,
        amples
    from (
        select
            h.caller, h.limit_id, h.subject_id, h.words, h.window_id, h.is_bounded, h.is_hard, h.unit, h.amount,
            (sum(h.amount) over same_window)::bigint as total,
            max(h.ample) over same_window as ample
        from (
            select
                b.caller, b.limit_id, b.subject_id, b.words, b.window_id, b.is_bounded, b.is_hard,
                case b.metric when 'tokens' then -1 when 'usd' then -2 else 1 end::bigint as unit,
                case
                    when b.metric = 'tokens' and b.is_bounded then b.tokens
                    when b.metric = 'tokens' then b.unfilled_tokens
                    when b.metric = 'usd' and b.is_bounded then b.pico_usd
                    when b.metric = 'usd' then b.unfilled_pico_usd
                    else b.calls
                end as amount,
                case
                    when not b.is_hard then 0
                    when b.metric = 'tokens' then b.ample_tokens
                    when b.metric = 'usd' and b.is_priced then b.ample_pico_usd
                    -- More than any window has.
                    when b.metric = 'usd' then max_amount + 1
                    else 0
                end as ample
            from (
                select
                    c.caller, c.calls, c.tokens, c.unfilled_tokens, c.pico_usd, c.unfilled_pico_usd, c.is_priced,
                    c.ample_tokens, c.ample_pico_usd,
                    l.id as limit_id, l.metric, s.id as subject_id, w.id as window_id,
                    l.subject_kind || ' ' || l.metric || ' ' || l.period || ' ' || l.mode as words,
                    l.mode = 'hard' as is_hard,
                    bool_or(l.mode = 'hard' and l.metric in ('tokens', 'usd')) over (partition by c.caller)
                        as is_bounded
                from (
                    select
                        call.caller,
                        count(*) as calls,
                        sum(call.input + coalesce(call.output, 0))::bigint as tokens,
                        sum(call.input + case when call.is_filled then 0 else coalesce(call.output, 0) end)::bigint
                            as unfilled_tokens,
                        sum(coalesce(call.pico_usd, 0))::bigint as pico_usd,
                        sum(case when call.is_filled then 0 else coalesce(call.pico_usd, 0) end)::bigint
                            as unfilled_pico_usd,
                        bool_and(call.pico_usd is not null) as is_priced,
                        max(call.ample_tokens) as ample_tokens,
                        max(call.ample_pico_usd) as ample_pico_usd
                    from unnest(
                        call_callers, input_bounds, output_bounds, are_filled, bound_pico_usd, ample_tokens,
                        ample_pico_usd
                    ) as call (caller, input, output, is_filled, pico_usd, ample_tokens, ample_pico_usd)
                    where key_ids[call.caller] is not null
                    group by call.caller
                ) as c
                join limits l
                    on l.subject = any (
                        limit_tag_subjects(call_tags[c.caller]) || array[
                            'global:', 'label:*', 'label:' || user_labels[c.caller], 'key:*',
                            'key:' || key_ids[c.caller]::text
                        ]
                    )
                cross join lateral (
                    select
                        case
                            when l.is_each then limit_subject_of(
                                l.subject_kind, l.subject_id, user_labels[c.caller], key_ids[c.caller],
                                call_tags[c.caller]
                            )
                            else l.subject_id
                        end as id
                ) as s
                left join limit_windows w
                    on w.limit_id = l.id
                    and w.starts_at = limit_window_start(l.period, l.time_zone, now_at)
                    and w.subject_id = s.id
                where not l.is_each or not limit_is_replaced(l.subject_kind, s.id, l.metric, l.period)
            ) as b
        ) as h
        window same_window as (partition by h.window_id)
        order by h.caller, h.limit_id
    ) as f;

    if limit_ids is not null then
        if array_position(window_ids, null) is not null then
            return null;
        end if;
        with changed as (
            update limit_windows w
            set reserved = w.reserved + totals[array_position(window_ids, w.id)]
            where w.id = any (window_ids)
                and w.hard = are_hard[array_position(window_ids, w.id)]
                and case
                    when w.hard then
                        totals[array_position(window_ids, w.id)] + amples[array_position(window_ids, w.id)]
                        <= w.cap - w.settled - w.overrun - w.reserved
                    else w.reserved + totals[array_position(window_ids, w.id)] <= max_amount
                end
            returning
                w.id, w.cap, w.settled + w.overrun as used,
                w.reserved - totals[array_position(window_ids, w.id)] as reserved, w.ends_at
        )
        select
            array_agg(c.id), array_agg(c.cap), array_agg(c.used), array_agg(c.reserved), array_agg(c.ends_at)
        into changed_ids, caps, used, reserved, ends_at
        from changed c;

        -- A caller with a window that has no room gives back what its calls hold of the others.
        if changed_ids is null or not changed_ids @> window_ids then
            for nth in 1..cardinality(window_ids) loop
                if array_position(changed_ids, window_ids[nth]) is null then
                    key_ids[limit_callers[nth]] := null;
                end if;
            end loop;
            update limit_windows w
            set
                reserved = w.reserved - (
                    select coalesce(sum(held.amount), 0)::bigint
                    from unnest(limit_callers, window_ids, sums) as held (caller, window_id, amount)
                    where held.window_id = w.id and key_ids[held.caller] is null
                )
            where w.id = any (changed_ids);
        end if;
    end if;
    if coalesce(array_remove(key_ids, null) = '{}', true) then
        return null;
    end if;

    insert into open_calls (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, reserved_pico_usd, key_id, stream,
        user_label, model, endpoint, service_tier, sdk, tags, window_ids, window_amounts, provider
    )
    select
        call_ids[call.at], now_at, now_at + make_interval(secs => seconds_to_settle[call.at]), input_bounds[call.at],
        bound.output_tokens, bound.pico_usd, key_ids[call.caller], call_streams[call.at], user_labels[call.caller],
        call_models[call.caller], call_endpoints[call.at], call_service_tiers[call.at], call_sdks[call.at],
        call_tags[call.caller], held.window_ids,
        array_replace(
            array_replace(held.units, -1, input_bounds[call.at] + coalesce(bound.output_tokens, 0)),
            -2, coalesce(bound.pico_usd, 0)
        ),
        call_providers[call.at]
    from unnest(call_callers) with ordinality as call (caller, at)
    left join (
        select
            applied.caller,
            array_agg(applied.window_id order by applied.place) as window_ids,
            array_agg(applied.unit order by applied.place) as units,
            bool_or(applied.is_bounded) as is_bounded
        from unnest(limit_callers, window_ids, units, are_bounded)
            with ordinality as applied (caller, window_id, unit, is_bounded, place)
        group by applied.caller
    ) as held on held.caller = call.caller
    cross join lateral (
        select
            case when is_set then output_bounds[call.at] end as output_tokens,
            case when is_set then bound_pico_usd[call.at] end as pico_usd
        from (select not are_filled[call.at] or coalesce(held.is_bounded, false) as is_set) as known
    ) as bound
    where key_ids[call.caller] is not null;

    -- At most one write per key and minute, skipped if another call is writing it.
    if is_use_due then
        update api_keys k
        set last_used_at = now_at
        where k.id in (
            select a.id
            from api_keys a
            where a.id = any (key_ids) and (a.last_used_at is null or a.last_used_at < now_at - interval '1 minute')
            for update skip locked
        );
    end if;

    return row(
        now_at, key_ids, user_labels, limit_callers, limit_ids, subject_ids, limit_words, window_ids, changed_ids, caps,
        used, reserved, ends_at
    )::fitting_admission;
end
$$;
