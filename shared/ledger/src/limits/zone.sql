select exists (
    select
    from pg_timezone_names
    where name = $1
) as is_known
