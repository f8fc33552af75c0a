-- For a limit just made: its current window begins with what is known to have been used in it, since a budget of this month
-- is about the month and not about the day it was set. The rollups answer as far as they reach, ledger rows at the ragged
-- end and since: so a limit in total takes no longer on a long ledger, and counts what retention has left of it as sums.
-- A call of unknown cost adds nothing to money, as in every sum. Calls in flight at this moment are not counted by it.
create or replace function limit_windows_open_with_history(opened_limit_id uuid) returns void
language plpgsql
-- Compiling it takes longer than running it.
set jit = off
as $$
declare
    at timestamptz := clock_timestamp();
    made limits;
    starts_at timestamptz;
    used numeric;
begin
    select * into strict made from limits where id = opened_limit_id;
    perform limit_windows_open(made.id, at);
    starts_at := limit_window_start(made.period, made.time_zone, at);
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
    used := least(coalesce(used, 0), 3e18);
    update limit_windows w
    set
        settled = w.settled + used,
        excess = greatest(w.settled + used + w.reserved - w.cap, 0)
    where w.limit_id = made.id and w.starts_at = limit_window_start(made.period, made.time_zone, at);
end
$$;
