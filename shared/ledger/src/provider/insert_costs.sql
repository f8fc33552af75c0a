insert into provider_costs (day, line_item, project_id, amount_pico_usd)
select $1, line_item, project_id, sum(amount::numeric)
from unnest($2, $3, $4) as told (line_item, project_id, amount)
group by line_item, project_id
