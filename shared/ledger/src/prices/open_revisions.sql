select id
from price_revisions
where closed_at is null
order by id
