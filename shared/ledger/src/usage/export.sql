-- Read piece by piece: an export may hold more calls than fit in memory.
declare calls no scroll cursor for
-- Calls, oldest first, for a portal that is read piece by piece.
select {call_columns}
from usage_calls
where {call_filter}
order by created_at, id
