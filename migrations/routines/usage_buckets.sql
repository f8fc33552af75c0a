-- The bucket of each level that an instant is in. Its one query is planned as part of the statement that calls it.
create or replace function usage_buckets(instant timestamptz) returns table (level smallint, bucket_at timestamptz)
language sql stable parallel safe rows 5
begin atomic
    select bucket.level::smallint, bucket.bucket_at
    from (
        values
            (0, '-infinity'::timestamptz),
            (1, date_trunc('month', instant, 'UTC')),
            (2, date_trunc('day', instant, 'UTC')),
            (3, date_trunc('hour', instant, 'UTC')),
            (4, date_bin('15 minutes', instant, 'epoch'))
    ) as bucket (level, bucket_at);
end;
