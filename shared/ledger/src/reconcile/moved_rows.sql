-- How many calls were settled within an hour after one of the midnights $1, as far as they are sealed: what moved.sql reads.
select coalesce(sum(calls), 0)::bigint as calls
from usage_rollups
where level = 3 and cube = 3 and bucket_at = any($1)
