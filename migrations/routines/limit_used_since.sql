-- What the ledger holds of a limit's subject and metric since `starts_at`. Rollups answer as far as they reach, ledger rows
-- at the ragged ends and since: a limit without a period takes no longer on a long ledger, and counts what retention kept as
-- sums. A call of unknown cost adds nothing to money, as in every sum.
create or replace function limit_used_since(counted limits, starts_at timestamptz) returns bigint
language plpgsql stable
as $$
declare
    -- The level of `usage_spans` that stands for ledger rows.
    ledger_level constant smallint := 9::smallint;
    -- The rollups by label, model and key (0), by label (1) and of everything (3).
    subject_cube constant integer := case counted.subject_kind when 'global' then 3 when 'label' then 1 else 0 end;
    subject_key_id uuid;
    used numeric;
begin
    if counted.metric = 'concurrency' then
        return 0::bigint;
    end if;
    if counted.subject_kind = 'key' then
        subject_key_id := counted.subject_id::uuid;
    end if;
    -- One statement, so one snapshot: each ledger row is counted on exactly one side.
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
                and r.cube = subject_cube
                and (counted.subject_kind <> 'label' or r.user_label = counted.subject_id)
                and (counted.subject_kind <> 'key' or r.key_id = subject_key_id)
            offset 0
        ) as rollup
        where spans.level < ledger_level
        union all
        select change.calls, change.input_tokens + change.output_tokens as tokens, change.cost_pico_usd
        from spans
        cross join lateral (
            select c.calls, c.input_tokens, c.output_tokens, c.cost_pico_usd
            from usage_changes c
            where c.created_at >= spans.span_from
                and c.created_at < spans.span_to
                and (counted.subject_kind <> 'label' or c.user_label = counted.subject_id)
                and (counted.subject_kind <> 'key' or c.key_id = subject_key_id)
            offset 0
        ) as change
        where spans.level = ledger_level
    )
    select
        case counted.metric
            when 'requests' then sum(parts.calls)
            when 'tokens' then sum(parts.tokens)
            when 'usd' then sum(parts.cost_pico_usd)
        end
    into used
    from parts;
    -- 3e18 is more than any cap, and three of it fit a bigint.
    return least(coalesce(used, 0), 3e18)::bigint;
end
$$;
