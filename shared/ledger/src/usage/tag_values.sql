-- Names of tags, or values of the tag $1, among the newest 100,000 calls: rollups do not know tags. Those like the text
-- first, then by number of calls.
with recent as (
    select user_label, tags, cost_pico_usd, created_at
    from usage_logs
    where revision = 0
    order by created_at desc
    limit 100000
),
found as (
    select
        case when $1::text is null then tag.name else tag.value end as value,
        count(*) as calls,
        sum(recent.cost_pico_usd)::text as cost_pico_usd,
        max(recent.created_at) as last_call_at
    from recent
    cross join lateral jsonb_each_text(recent.tags) as tag (name, value)
    where ($3::text is null or recent.user_label = $3)
        and ($1::text is null or tag.name = $1)
    group by 1
)
select value, null::text as name, calls, cost_pico_usd, last_call_at
from found
where $2::text is null or strpos(lower(value), lower($2)) > 0
order by starts_with(lower(value), lower($2)) desc nulls last, calls desc, value collate "C"
limit $4
