-- For a limit just made: its current window begins with what is known to have been used in it, since a budget of this month
-- is about the month and not about the day it was set. The rollups answer as far as they reach, ledger rows at the ragged
-- end and since: so a limit in total takes no longer on a long ledger, and counts what retention has left of it as sums.
-- A call of unknown cost adds nothing to money, as in every sum.
--
-- Calls in flight are counted too, each once. Admission and settlement touch `open_calls` in their first statement and
-- hold on to it until they commit, so while it is locked here, no call is on its way from one place to another: those that
-- are settled are in the ledger, those in flight have their row, and whoever is admitted next reads `limits` in a later
-- statement, with a snapshot that has this limit. Admissions wait meanwhile, which is why nobody waits for long here.
create or replace function limit_windows_open_with_history(opened_limit_id uuid) returns void
language plpgsql
-- The role that sets limits may not lock that table by itself.
security definer
set search_path = public, pg_temp
set lock_timeout = '1s'
-- Compiling it takes longer than running it.
set jit = off
as $$
declare
    -- What every chat model accepts as an output bound.
    any_models_output_tokens constant bigint := 4096;
    -- As in calls_admit: more than any cap, and so little that three of it can be added.
    most constant bigint := 3e18;
    at timestamptz;
    made limits;
    starts_at timestamptz;
    opened_id bigint;
    used numeric;
    held numeric;
begin
    lock table open_calls in access exclusive mode;
    at := clock_timestamp();
    select * into strict made from limits where id = opened_limit_id;
    perform limit_windows_open(made.id, at);
    starts_at := limit_window_start(made.period, made.time_zone, at);
    select w.id into strict opened_id
    from limit_windows w
    where w.limit_id = made.id and w.starts_at = limit_window_start(made.period, made.time_zone, at);
    -- One statement, so one snapshot: each ledger row is counted on one side exactly.
    with spans as materialized (
        select span.level, span.span_from, span.span_to
        from usage_rollup_state s
        cross join lateral usage_spans(starts_at, 'infinity', s.sealed_until) as span
    ),
    parts as (
        select rollup.calls, rollup.input_tokens + rollup.output_tokens as tokens, rollup.cost_pico_usd
        from spans
        cross join lateral (
            select r.calls, r.input_tokens, r.output_tokens, r.cost_pico_usd
            from usage_rollups r
            where r.level = spans.level
                and r.bucket_at >= spans.span_from
                and r.bucket_at < spans.span_to
                and r.cube = case made.subject_kind when 'global' then 3 when 'label' then 1 else 0 end
                and (made.subject_kind <> 'label' or r.user_label = made.subject_id)
                and (made.subject_kind <> 'key' or r.key_id = nullif(made.subject_id, '')::uuid)
            offset 0
        ) as rollup
        where spans.level < 9
        union all
        select change.calls, change.input_tokens + change.output_tokens as tokens, change.cost_pico_usd
        from spans
        cross join lateral (
            select c.calls, c.input_tokens, c.output_tokens, c.cost_pico_usd
            from usage_changes c
            where c.created_at >= spans.span_from
                and c.created_at < spans.span_to
                and (made.subject_kind <> 'label' or c.user_label = made.subject_id)
                and (made.subject_kind <> 'key' or c.key_id = nullif(made.subject_id, '')::uuid)
            offset 0
        ) as change
        where spans.level = 9
    )
    select
        case made.metric
            when 'requests' then sum(parts.calls)
            when 'tokens' then sum(parts.tokens)
            when 'usd' then sum(parts.cost_pico_usd)
        end
    into used
    from parts
    where made.metric <> 'concurrency';
    used := least(coalesce(used, 0), most);

    -- What is settled and not yet released is in the ledger, and so in the sum above.
    with in_flight as (
        select
            o.id,
            case made.metric
                when 'tokens' then o.input_bound_tokens::numeric + coalesce(
                    o.output_bound_tokens,
                    -- Nobody gave it a bound. As in admission, a soft limit counts what is known; a hard one reserves the
                    -- most the model answers with.
                    case when made.mode = 'hard' then coalesce(
                        model_most_output_tokens(o.model),
                        model_most_output_tokens(regexp_replace(o.model, '-\d{4}-\d{2}-\d{2}$', '')),
                        any_models_output_tokens
                    ) end,
                    0
                )
                when 'usd' then coalesce(o.reserved_pico_usd, 0)
                else 1
            end as need
        from open_calls o
        where o.settled_at is null
            and (made.subject_kind <> 'label' or o.user_label = made.subject_id)
            and (made.subject_kind <> 'key' or o.key_id = nullif(made.subject_id, '')::uuid)
    ),
    fitting as (
        -- All of them together must fit a bigint, as in admission.
        select
            f.id,
            least(f.need, greatest(most - coalesce(sum(f.need) over earlier, 0), 0))::bigint as amount
        from in_flight f
        window earlier as (order by f.id rows between unbounded preceding and 1 preceding)
    ),
    -- Windows stay in the order of their locks, which is that of their limits.
    holding as (
        select
            f.id, f.amount,
            array_agg(h.window_id order by w.limit_id nulls first) as window_ids,
            array_agg(h.amount order by w.limit_id nulls first) as window_amounts
        from fitting f
        join open_calls o on o.id = f.id
        cross join lateral (
            select before.window_id, before.amount
            from unnest(o.window_ids, o.window_amounts) as before (window_id, amount)
            union all
            select opened_id, f.amount
        ) as h
        left join limit_windows w on w.id = h.window_id
        group by f.id, f.amount
    ),
    appended as (
        update open_calls o
        set window_ids = h.window_ids, window_amounts = h.window_amounts
        from holding h
        where o.id = h.id
        returning h.amount
    )
    select coalesce(sum(a.amount), 0)
    into held
    from appended a;

    update limit_windows w
    set
        settled = w.settled + used,
        reserved = w.reserved + held,
        excess = greatest(w.settled + used + w.reserved + held - w.cap, 0)
    where w.id = opened_id;
    perform limit_windows_announce(opened_id);
end
$$;

-- Whoever sets limits, and nobody else: it would count the same use again.
revoke execute on function limit_windows_open_with_history(uuid) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant execute on function limit_windows_open_with_history(uuid) to tokenmeter_admin;
    end if;
end
$$;
