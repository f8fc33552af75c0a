-- What the provider counted per day and tier; by model and by its key where $3 and $4 say so, $5 and $6 filter.
select
    day,
    case when $3 then model end as model,
    case when $4 then api_key_id end as api_key_id,
    service_tier,
    sum(requests)::bigint as requests,
    sum(input_tokens)::bigint as input_tokens,
    sum(cached_tokens)::bigint as cached_tokens,
    sum(output_tokens)::bigint as output_tokens
from provider_usage
where day >= $1
    and day < $2
    and ($5::text[] is null or project_id = any($5))
    and ($6::text[] is null or api_key_id = any($6))
group by 1, 2, 3, 4
