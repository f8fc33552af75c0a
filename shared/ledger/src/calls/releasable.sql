-- Settled calls that nobody released: the function's own release follows its settlement within milliseconds.
select id
from open_calls
where settled_at is not null
    and (settled_at < clock_timestamp() - interval '10 seconds' or deadline_at < clock_timestamp())
order by settled_at
limit 1000
