-- The pieces that the buckets of a series are put together from; bucket n is [edges[n], edges[n + 1]). Each edge moves
-- to the nearest whole bucket of one level, so that all between two edges are whole ones. What lies between an edge and
-- where it moved to is read once: added to the bucket at one side of the edge, subtracted from the one at the other. A
-- day in Berlin is a day in UTC and an hour or two. Sums and histograms are exact, as every level holds the same rows;
-- but the last call and the extremes of a subtracted piece are not known, so reports that show those use usage_spans.
create or replace function usage_pieces(edges timestamptz[], sealed_until timestamptz)
returns table (
    level smallint,
    span_from timestamptz,
    span_to timestamptz,
    -- The bucket that the piece belongs to, with this sign; null where the rows of a piece belong to several.
    bucket integer,
    sign smallint,
    -- The bucket that it belongs to with the other sign.
    other_bucket integer,
    -- Where the buckets of such rows begin: the first of them is that of bucket 1.
    starts timestamptz[]
)
language plpgsql stable parallel safe rows 10
-- One plan for any number of edges.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    ledger_rows constant smallint := 9::smallint;
    bucket_count constant integer := cardinality(edges) - 1;
begin
    return query
    -- Rollups have nothing after sealed_until: buckets that are still filling count as whole.
    with edge as materialized (
        select given.number::integer as number, utc.at, near.quarter, near.hour, near.day, near.month
        from unnest(edges) with ordinality as given (at, number)
        cross join lateral (select given.at at time zone 'UTC' as at) as utc
        cross join lateral (
            select
                date_bin(
                    '15 minutes',
                    -- A piece of the ledger must not reach beyond what is sealed.
                    case
                        when given.at + interval '15 minutes' <= sealed_until then utc.at + interval '7.5 minutes'
                        else utc.at
                    end,
                    'epoch'
                ) as at
            offset 0
        ) as quarter
        cross join lateral (select date_trunc('hour', quarter.at + interval '30 minutes') as at offset 0) as hour
        cross join lateral (select date_trunc('day', hour.at + interval '12 hours') as at offset 0) as day
        cross join lateral (
            select quarter.at, hour.at, day.at, date_trunc('month', day.at + interval '14 days')
        ) as near (quarter, hour, day, month)
        where given.at < sealed_until
    ),
    moved as (
        select
            array_agg(edge.quarter order by edge.number) as quarters,
            array_agg(edge.hour order by edge.number) as hours,
            array_agg(edge.day order by edge.number) as days,
            array_agg(edge.month order by edge.number) as months,
            -- How many rows of each group lie between.
            sum(abs(extract(epoch from edge.hour - edge.quarter))) / 900 as quarter_rows,
            sum(abs(extract(epoch from edge.day - edge.hour))) / 3600 as hour_rows,
            sum(abs(extract(epoch from edge.month - edge.day))) / 86400 as day_rows
        from edge
    ),
    -- The level that takes the fewest rows of each group; a month has at least 28 days.
    chosen as materialized (
        select choice.level::smallint as level, choice.starts
        from moved
        cross join lateral (
            values
                (4, moved.quarters, 0, 900),
                (3, moved.hours, moved.quarter_rows, 3600),
                (2, moved.days, moved.quarter_rows + moved.hour_rows, 86400),
                (1, moved.months, moved.quarter_rows + moved.hour_rows + moved.day_rows, 28 * 86400)
        ) as choice (level, starts, edge_rows, seconds)
        order by
            choice.edge_rows + extract(
                epoch from coalesce(choice.starts[bucket_count + 1], sealed_until at time zone 'UTC') - choice.starts[1]
            ) / choice.seconds,
            choice.level desc
        limit 1
    )
    select
        chosen.level, whole.span_from at time zone 'UTC', whole.span_to at time zone 'UTC', null::integer, 1::smallint,
        null::integer,
        array(select start.at at time zone 'UTC' from unnest(chosen.starts[:bucket_count]) as start (at))
    from chosen
    cross join lateral (
        select chosen.starts[1], coalesce(chosen.starts[bucket_count + 1], 'infinity')
    ) as whole (span_from, span_to)
    where whole.span_from < whole.span_to
    union all
    -- Before the edge, a piece belongs to the bucket that ends there; the next one, which took it as part of a whole
    -- bucket, has it subtracted. Behind the edge, the other way round.
    select
        step.level::smallint, least(step.edge_at, step.moved_to) at time zone 'UTC',
        greatest(step.edge_at, step.moved_to) at time zone 'UTC', belongs.bucket, belongs.sign::smallint,
        belongs.other_bucket, null::timestamptz[]
    from edge
    cross join chosen
    cross join lateral (
        values
            (ledger_rows::integer, edge.at, edge.quarter),
            (4, edge.quarter, edge.hour),
            (3, edge.hour, edge.day),
            (2, edge.day, edge.month)
    ) as step (level, edge_at, moved_to)
    cross join lateral (
        select case when step.moved_to < step.edge_at then 1 else -1 end as ending_sign
    ) as part
    cross join lateral (
        select
            case when edge.number = 1 then 1 else edge.number - 1 end as bucket,
            case when edge.number = 1 then -part.ending_sign else part.ending_sign end as sign,
            case when edge.number between 2 and bucket_count then edge.number end as other_bucket
    ) as belongs
    where step.level > chosen.level and step.edge_at <> step.moved_to
    union all
    select
        ledger_rows, greatest(bucket.span_from, sealed_until), bucket.span_to, bucket.number::integer, 1::smallint,
        null::integer, null::timestamptz[]
    from unnest(edges[:bucket_count], edges[2:]) with ordinality as bucket (span_from, span_to, number)
    where greatest(bucket.span_from, sealed_until) < bucket.span_to;
end
$$;
