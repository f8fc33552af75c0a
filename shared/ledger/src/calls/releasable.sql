-- Settled calls that still hold reservations: normally the function releases them within milliseconds.
select id
from open_calls
where settled_at is not null
    and (settled_at < clock_timestamp() - interval '10 seconds' or deadline_at < clock_timestamp())
order by settled_at
limit 1000
