-- The pieces of a range as in usage_spans, except that some are subtracted (sign -1): the whole buckets whose ends are
-- nearest, and the difference at either end. A day in Berlin is a day in UTC with an hour or two at each end, instead
-- of 22 hours and more. Sums and histograms are exact, as every level holds the same rows; but the last call and the
-- extremes of a subtracted piece are not known, so reports that show those use usage_spans.
--
-- Only series of the previous release call this; those of this one call usage_pieces.
create or replace function usage_spans_around(range_from timestamptz, range_to timestamptz, sealed_until timestamptz)
returns table (level smallint, sign smallint, span_from timestamptz, span_to timestamptz)
language plpgsql stable parallel safe rows 9
as $$
declare
    ledger_rows constant smallint := 9::smallint;
    quarter_level constant smallint := 4::smallint;
    is_open constant boolean := range_to >= sealed_until;
    lower_end timestamp := date_bin('15 minutes', range_from at time zone 'UTC' - interval '1 microsecond', 'epoch')
        + interval '15 minutes';
    upper_end timestamp := date_bin(
        '15 minutes', case when is_open then sealed_until else range_to end at time zone 'UTC', 'epoch'
    );
    near_from timestamp;
    near_to timestamp;
    finer smallint := quarter_level;
    finer_seconds integer := 900;
    -- How many buckets of the finer level make one of the next; a month has at least 28 days.
    ratio integer;
    unit text;
begin
    if not isfinite(range_from) or lower_end >= upper_end then
        return query
        select span.level, 1::smallint, span.span_from, span.span_to
        from usage_spans(range_from, range_to, sealed_until) as span;
        return;
    end if;
    level := ledger_rows;
    sign := 1::smallint;
    span_from := range_from;
    span_to := lower_end at time zone 'UTC';
    if span_from < span_to then
        return next;
    end if;
    span_from := case when is_open then sealed_until else upper_end at time zone 'UTC' end;
    span_to := range_to;
    if span_from < span_to then
        return next;
    end if;
    -- Buckets that are still filling count as whole.
    if is_open then
        upper_end := 'infinity';
    end if;
    foreach unit in array array['hour', 'day', 'month'] loop
        ratio := case unit when 'hour' then 4 when 'day' then 24 else 28 end;
        near_from := date_trunc(unit, lower_end + finer_seconds * ratio / 2 * interval '1 second');
        near_to := date_trunc(unit, upper_end + finer_seconds * ratio / 2 * interval '1 second');
        exit when near_from >= near_to;
        -- Only if that means fewer buckets.
        exit when not is_open
            and abs(extract(epoch from near_from - lower_end)) + abs(extract(epoch from near_to - upper_end))
                + extract(epoch from near_to - near_from) / ratio
                >= extract(epoch from upper_end - lower_end);
        level := finer;
        if near_from <> lower_end then
            sign := (case when near_from < lower_end then -1 else 1 end)::smallint;
            span_from := least(lower_end, near_from) at time zone 'UTC';
            span_to := greatest(lower_end, near_from) at time zone 'UTC';
            return next;
        end if;
        if near_to <> upper_end then
            sign := (case when near_to > upper_end then -1 else 1 end)::smallint;
            span_from := least(upper_end, near_to) at time zone 'UTC';
            span_to := greatest(upper_end, near_to) at time zone 'UTC';
            return next;
        end if;
        lower_end := near_from;
        upper_end := near_to;
        finer := (finer - 1)::smallint;
        finer_seconds := finer_seconds * ratio;
    end loop;
    level := finer;
    sign := 1::smallint;
    span_from := lower_end at time zone 'UTC';
    span_to := upper_end at time zone 'UTC';
    if span_from < span_to then
        return next;
    end if;
end
$$;
