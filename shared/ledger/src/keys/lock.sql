-- Changes of one key wait for one another; whoever comes second decides on what the first one left.
select id
from api_keys
where id = $1
for no key update
