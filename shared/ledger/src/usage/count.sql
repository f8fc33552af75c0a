-- How many calls pass a filter.
select count(*) as calls
from usage_calls
where {call_filter}
