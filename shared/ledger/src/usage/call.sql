-- One call; $2 is the only label that may be seen, if there is one.
select {call_columns}
from usage_calls
where id = $1 and ($2::text is null or user_label = $2)
