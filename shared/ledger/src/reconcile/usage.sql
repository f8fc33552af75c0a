-- What the provider $1 counted per day and tier; by model and by its key where $4 and $5 say so, $6 and $7 filter.
select
    day,
    case when $4 then model end as model,
    case when $5 then api_key_id end as api_key_id,
    service_tier,
    sum(requests)::bigint as requests,
    sum(input_tokens)::bigint as input_tokens,
    sum(cached_tokens)::bigint as cached_tokens,
    sum(output_tokens)::bigint as output_tokens
from provider_usage
where provider = $1
    and day >= $2
    and day < $3
    and ($6::text[] is null or project_id = any($6))
    and ($7::text[] is null or api_key_id = any($7))
group by 1, 2, 3, 4
