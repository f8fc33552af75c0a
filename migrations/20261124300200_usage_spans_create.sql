-- The pieces a range is put together from: the largest whole buckets that fit, and ledger rows (level 9) at its ragged
-- ends and since sealed_until. A range that reaches sealed_until takes the buckets that are still filling as whole.
-- Statements, since one query of nested expressions is planned and run a thousand times slower.
create function usage_spans(range_from timestamptz, range_to timestamptz, sealed_until timestamptz)
returns table (level smallint, span_from timestamptz, span_to timestamptz)
language plpgsql stable parallel safe rows 9
as $$
declare
    -- The sealed part that is still to be covered; each level takes its whole buckets out of the middle.
    lower_end timestamp := range_from at time zone 'UTC';
    upper_end timestamp := case when range_to < sealed_until then range_to else 'infinity' end at time zone 'UTC';
    known timestamp := least(range_to, sealed_until) at time zone 'UTC';
    inner_from timestamp;
    inner_to timestamp;
    finer smallint := 9;
    unit text;
begin
    if range_from < sealed_until then
        inner_from := date_bin('15 minutes', lower_end - interval '1 microsecond', 'epoch') + interval '15 minutes';
        inner_to := date_bin('15 minutes', upper_end, 'epoch');
        -- Where no larger bucket fits, what is left is covered by the finer level from end to end.
        foreach unit in array array['hour', 'day', 'month', 'all'] loop
            exit when inner_from >= inner_to;
            level := finer;
            span_from := lower_end at time zone 'UTC';
            -- Rows from sealed_until on come last, even where the first whole bucket begins later.
            span_to := least(inner_from, case when finer = 9 then known end) at time zone 'UTC';
            if span_from < span_to then
                return next;
            end if;
            span_from := inner_to at time zone 'UTC';
            span_to := upper_end at time zone 'UTC';
            if span_from < span_to then
                return next;
            end if;
            lower_end := inner_from;
            upper_end := inner_to;
            finer := case finer when 9 then 4 else finer - 1 end;
            exit when unit = 'all';
            inner_from := date_trunc(unit, lower_end - interval '1 microsecond') + ('1 ' || unit)::interval;
            inner_to := date_trunc(unit, upper_end);
        end loop;
        level := case when lower_end = '-infinity' and upper_end = 'infinity' and finer = 1 then 0 else finer end;
        span_from := lower_end at time zone 'UTC';
        span_to := upper_end at time zone 'UTC';
        if span_from < span_to then
            return next;
        end if;
    end if;
    level := 9;
    span_from := greatest(range_from, sealed_until);
    span_to := range_to;
    if span_from < span_to then
        return next;
    end if;
end
$$;

-- What each ledger row adds to the sums. A correction (revision > 0) holds differences: sums take it as it is, counts take
-- one status back for the other.
create view usage_changes as
select
    id,
    revision,
    created_at,
    user_label,
    model,
    key_id,
    endpoint,
    status,
    corrected_status,
    tags,
    (revision = 0)::integer as calls,
    (status = 'failed')::integer - (corrected_status is not distinct from 'failed')::integer as failed_calls,
    (status = 'estimated')::integer - (corrected_status is not distinct from 'estimated')::integer as estimated_calls,
    (status = 'abandoned')::integer - (corrected_status is not distinct from 'abandoned')::integer as abandoned_calls,
    (cost_pico_usd is null)::integer + unpriced_change as unpriced_calls,
    attempts,
    input_tokens,
    cached_tokens,
    cache_write_tokens,
    audio_input_tokens,
    output_tokens,
    reasoning_tokens,
    audio_output_tokens,
    retried_input_tokens,
    retried_output_tokens,
    cost_pico_usd,
    latency_us,
    first_byte_us,
    overhead_us
from usage_logs;

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format(
                'grant select on usage_changes, usage_rollups, usage_rollup_state, usage_rollup_differences to %I', role_name
            );
        end if;
    end loop;
    -- Compiling a report takes longer than running it, and sorting one should not need a file.
    execute format('alter database %I set jit = off', current_database());
    execute format('alter database %I set work_mem = %L', current_database(), '16MB');
exception
    when insufficient_privilege then
        raise notice '% may not change the settings of this database', current_user;
end
$$;
