-- The pieces that cover a range: the largest whole buckets that fit, and ledger rows at its ragged ends and since
-- sealed_until. A range that reaches sealed_until takes the buckets that are still filling as whole. Statements, since
-- one query of nested expressions is planned and run a thousand times slower.
create or replace function usage_spans(range_from timestamptz, range_to timestamptz, sealed_until timestamptz)
returns table (level smallint, span_from timestamptz, span_to timestamptz)
language plpgsql stable parallel safe rows 9
as $$
declare
    ledger_rows constant smallint := 9::smallint;
    quarter_level constant smallint := 4::smallint;
    month_level constant smallint := 1::smallint;
    all_time_level constant smallint := 0::smallint;
    -- The sealed part that is still to be covered; each level takes its whole buckets out of the middle.
    lower_end timestamp := range_from at time zone 'UTC';
    upper_end timestamp := case when range_to < sealed_until then range_to else 'infinity' end at time zone 'UTC';
    known timestamp := least(range_to, sealed_until) at time zone 'UTC';
    inner_from timestamp;
    inner_to timestamp;
    finer smallint := ledger_rows;
    unit text;
begin
    if range_from < sealed_until then
        inner_from := date_bin('15 minutes', lower_end - interval '1 microsecond', 'epoch') + interval '15 minutes';
        inner_to := date_bin('15 minutes', upper_end, 'epoch');
        -- If no larger bucket fits, the finer level covers what is left from end to end.
        foreach unit in array array['hour', 'day', 'month', 'all'] loop
            exit when inner_from >= inner_to;
            level := finer;
            span_from := lower_end at time zone 'UTC';
            -- Rows since sealed_until come last, even if the first whole bucket begins later.
            span_to := least(inner_from, case when finer = ledger_rows then known end) at time zone 'UTC';
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
            finer := (case finer when ledger_rows then quarter_level else finer - 1 end)::smallint;
            exit when unit = 'all';
            inner_from := date_trunc(unit, lower_end - interval '1 microsecond') + ('1 ' || unit)::interval;
            inner_to := date_trunc(unit, upper_end);
        end loop;
        level := (
            case
                when lower_end = '-infinity' and upper_end = 'infinity' and finer = month_level then all_time_level
                else finer
            end
        )::smallint;
        span_from := lower_end at time zone 'UTC';
        span_to := upper_end at time zone 'UTC';
        if span_from < span_to then
            return next;
        end if;
    end if;
    level := ledger_rows;
    span_from := greatest(range_from, sealed_until);
    span_to := range_to;
    if span_from < span_to then
        return next;
    end if;
end
$$;
