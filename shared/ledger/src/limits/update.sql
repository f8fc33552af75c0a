-- A trigger carries both into the open windows.
update limits
set amount = $2, mode = $3, version = version + 1, updated_at = clock_timestamp()
where id = $1
