-- Calls, newest first, at most $15, behind the call ($13, $14).
select {call_columns}
from usage_calls
where {call_filter}
    and ($13::timestamptz is null or (created_at, id) < ($13, $14))
order by created_at desc, id desc
limit $15
