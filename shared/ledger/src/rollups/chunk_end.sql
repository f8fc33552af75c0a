-- Where a chunk of $3 rows from $1 on ends; no row where there are fewer before $2.
select greatest(created_at, $1 + interval '1 microsecond') as chunk_end
from usage_logs
where created_at >= $1 and created_at < $2
order by created_at
offset $3
limit 1
