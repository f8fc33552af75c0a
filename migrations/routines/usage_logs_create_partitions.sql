-- Creates the missing monthly partitions from this month to `months_ahead` months on and returns how many were missing.
-- A function, because names of partitions cannot be parameters of a statement.
create or replace function usage_logs_create_partitions(months_ahead integer) returns bigint
language plpgsql
as $$
declare
    first_month constant date := date_trunc('month', clock_timestamp() at time zone 'UTC')::date;
    month date;
    range_from timestamptz;
    range_to timestamptz;
    partition_name text;
    created bigint := 0::bigint;
begin
    -- Two runs at once would both find the same month missing.
    perform pg_advisory_xact_lock(hashtextextended('usage_logs_create_partitions', 0));
    for ahead in 0..months_ahead loop
        month := (first_month + make_interval(months => ahead))::date;
        range_from := month::timestamp at time zone 'UTC';
        range_to := (month + interval '1 month') at time zone 'UTC';
        partition_name := 'usage_logs_' || to_char(month, 'YYYY_MM');
        continue when to_regclass(partition_name) is not null;
        execute format('create table %I (like usage_logs including defaults including constraints)', partition_name);
        execute format(
            'with moved as (delete from usage_logs_default where created_at >= %L and created_at < %L returning *)
            insert into %I select * from moved',
            range_from, range_to, partition_name
        );
        execute format(
            'alter table usage_logs attach partition %I for values from (%L) to (%L)',
            partition_name, range_from, range_to
        );
        created := created + 1;
    end loop;
    return created;
end
$$;
