-- squawk-ignore ban-drop-function
drop function if exists limit_used_since(limits, timestamptz);

-- What the ledger holds of a limit's metric in a range, for each of its subjects or for one. Rollups answer as far as
-- they reach, ledger rows at the ragged ends and since: a limit without a period takes no longer on a long ledger, and
-- counts what retention kept as sums. Rollups know no tags, so those are read from ledger rows. A call of unknown cost
-- adds nothing to money, as in every sum, and a call without a key counts as in admission: in requests of everyone
-- alone. Corrections of calls before the range may make a sum negative.
create or replace function limit_used_since(
    counted limits, starts_at timestamptz, ends_at timestamptz, counted_subject_id text
)
returns table (subject_id text, used numeric)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    -- The level of `usage_spans` that stands for ledger rows.
    ledger_level constant smallint := 9::smallint;
    counts_without_key constant boolean := counted.metric = 'requests' and counted.subject_kind = 'global';
    -- The rollups by label, model and key (0), and of everything (3).
    subject_cube constant integer := case when counts_without_key then 3 else 0 end;
    subject_label constant text := case counted.subject_kind when 'label' then counted_subject_id end;
    subject_key_id uuid;
    -- Of a tag: only calls that have it, or this value of it.
    tag_name text;
    wanted_tag jsonb;
begin
    if counted.metric = 'concurrency' then
        return;
    end if;
    if counted.subject_kind = 'key' then
        subject_key_id := counted_subject_id::uuid;
    elsif counted.subject_kind = 'tag' then
        tag_name := split_part(counted.subject_id, '=', 1);
        if counted_subject_id is not null then
            wanted_tag := jsonb_build_object(tag_name, substr(counted_subject_id, length(tag_name) + 2));
        end if;
    end if;
    return query
    -- One statement, so one snapshot: each ledger row is counted on exactly one side.
    with spans as materialized (
        select span.level, span.span_from, span.span_to
        from usage_rollup_state s
        cross join lateral usage_spans(starts_at, ends_at, s.sealed_until) as span
        where tag_name is null
        union all
        select ledger_level, starts_at, ends_at
        where tag_name is not null
    ),
    parts as (
        select
            limit_subject_of(counted.subject_kind, counted.subject_id, rollup.user_label, rollup.key_id, null) as id,
            rollup.calls, rollup.input_tokens + rollup.output_tokens as tokens, rollup.cost_pico_usd
        from spans
        cross join lateral (
            select r.user_label, r.key_id, r.calls, r.input_tokens, r.output_tokens, r.cost_pico_usd
            from usage_rollups r
            where r.level = spans.level
                and r.bucket_at >= spans.span_from
                and r.bucket_at < spans.span_to
                and r.cube = subject_cube
                and (subject_label is null or r.user_label = subject_label)
                and (subject_key_id is null or r.key_id = subject_key_id)
                and (counts_without_key or r.key_id is not null)
            offset 0
        ) as rollup
        where spans.level < ledger_level
        union all
        select
            limit_subject_of(counted.subject_kind, counted.subject_id, change.user_label, change.key_id, change.tags),
            change.calls, change.input_tokens + change.output_tokens as tokens, change.cost_pico_usd
        from spans
        cross join lateral (
            select c.user_label, c.key_id, c.tags, c.calls, c.input_tokens, c.output_tokens, c.cost_pico_usd
            from usage_changes c
            where c.created_at >= spans.span_from
                and c.created_at < spans.span_to
                and (subject_label is null or c.user_label = subject_label)
                and (subject_key_id is null or c.key_id = subject_key_id)
                and (tag_name is null or c.tags ? tag_name)
                and (wanted_tag is null or c.tags @> wanted_tag)
                and (counts_without_key or c.key_id is not null)
            offset 0
        ) as change
        where spans.level = ledger_level
    )
    select
        parts.id,
        case counted.metric
            when 'requests' then sum(parts.calls)
            when 'tokens' then sum(parts.tokens)
            else coalesce(sum(parts.cost_pico_usd), 0)
        end::numeric
    from parts
    where parts.id is not null
    group by parts.id;
end
$$;
