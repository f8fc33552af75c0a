-- Totals per group. A correction (revision > 0) holds differences: sums take it as it is, counts take one status
-- back for the other. Dimensions that are not grouped by come back null.
select
    case when 'model' = any($1) then model end as model,
    case when 'user_label' = any($1) then user_label end as user_label,
    case when 'key' = any($1) then key_id end as key_id,
    case when 'endpoint' = any($1) then endpoint end as endpoint,
    case when 'status' = any($1) then status end as status,
    (select jsonb_object_agg(name, tags ->> name) from unnest($2) as name) as tags,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(cached_tokens)::bigint as cached_tokens,
    sum(reasoning_tokens)::bigint as reasoning_tokens,
    count(*) filter (where revision = 0) as calls,
    count(*) filter (where status = 'failed') - count(*) filter (where corrected_status = 'failed') as failed_calls,
    count(*) filter (where status in ('estimated', 'abandoned'))
        - count(*) filter (where corrected_status in ('estimated', 'abandoned')) as estimated_calls,
    count(*) filter (where cost_pico_usd is null) + coalesce(sum(unpriced_change), 0)::bigint as unpriced_calls,
    sum(cost_pico_usd)::text as cost_pico_usd,
    percentile_disc(array[0.5, 0.95]) within group (order by latency_us) as latency_us,
    max(created_at) as last_call_at
from usage_logs
where ($3::timestamptz is null or created_at >= $3)
    and ($4::timestamptz is null or created_at < $4)
    and ($5::text[] is null or user_label = any($5))
    and ($6::text[] is null or model = any($6))
    and ($7::uuid[] is null or key_id = any($7))
    and ($8::jsonb is null or not exists (
        select
        from jsonb_each($8) as wanted (name, allowed)
        where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
    ))
group by 1, 2, 3, 4, 5, 6
