-- These calls, all of which were settled in [$2, $3], in no order.
select {call_columns}
from usage_calls
where id = any($1) and created_at between $2 and $3
