-- Rows from before $1 that no month's table ever took.
delete from usage_logs_default
where ctid = any (array(select ctid from usage_logs_default where created_at < $1 limit 10000))
