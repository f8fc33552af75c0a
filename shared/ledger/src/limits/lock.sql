select id
from limits
where id = $1
for no key update
