-- How many calls pass a filter.
select count(*) as calls
from usage_calls
where ($1::timestamptz is null or created_at >= $1)
    and ($2::timestamptz is null or created_at < $2)
    and ($3::text[] is null or user_label = any($3))
    and ($4::text[] is null or model = any($4))
    and ($5::uuid[] is null or key_id = any($5))
    and ($6::jsonb is null or not exists (
        select
        from jsonb_each($6) as wanted (name, allowed)
        where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
    ))
    and ($7::text[] is null or status = any($7))
    and ($8::text[] is null or endpoint = any($8))
    and ($9::smallint[] is null or http_status = any($9))
    and ($10::text[] is null or error_code = any($10))
    and ($11::text[] is null or service_tier = any($11))
