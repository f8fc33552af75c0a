-- What the provider billed per day; by model where $3 says so: a line is named as `gpt-4o-2024-08-06, cached input`.
select day, case when $3 then split_part(line_item, ', ', 1) end as model, sum(amount_pico_usd)::text as cost_pico_usd
from provider_costs
where day >= $1 and day < $2 and ($4::text[] is null or project_id = any($4))
group by 1, 2
