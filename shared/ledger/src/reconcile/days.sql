select day, fetched_at, is_final, has_costs
from provider_days
where day >= $1 and day < $2
