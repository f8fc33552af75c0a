-- Calls, newest first, at most $14, behind the call ($12, $13).
select {call_columns}
from usage_calls
where {call_filter}
    and ($12::timestamptz is null or (created_at, id) < ($12, $13))
order by created_at desc, id desc
limit $14
