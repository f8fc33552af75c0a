-- The calls that rank highest by cost or latency, after the cursor, or (is_unranked) those without one, with the rank
-- -1. Calls as their first row has them come from an index in this order. Those that were corrected or repriced since
-- are few, and added whole.
with query as not materialized (
    select
        $1::timestamptz as range_from, $2::timestamptz as range_to, $3::text[] as user_labels, $4::text[] as models,
        $5::uuid[] as key_ids, $6::jsonb as wanted_tags, $7::text[] as statuses, $8::text[] as endpoints,
        $9::smallint[] as http_statuses, $10::text[] as error_codes, $11::text[] as service_tiers, $12::text[] as providers,
        $13::boolean as is_by_cost, $14::boolean as is_current,
        $15::boolean as is_unranked,
        $16::bigint as after_rank, $17::timestamptz as after_at, $18::uuid as after_id
),
changed as materialized (
    select
        id,
        coalesce(sum(cost_pico_usd), 0)::bigint as cost_pico_usd,
        sum(unpriced_change)::bigint as unpriced_change,
        (array_agg(latency_us order by revision desc) filter (where latency_us is not null))[1] as latency_us
    from (
        select
            c.id, c.revision, c.cost_pico_usd, c.latency_us,
            c.unpriced_change + (c.cost_pico_usd is null)::integer as unpriced_change
        from query
        cross join usage_logs c
        where c.revision > 0 and c.created_at >= query.range_from
        union all
        select e.call_id, null, e.change_pico_usd, null, e.unpriced_change
        from query
        cross join price_entries e
        join price_revisions r on r.id = e.revision_id and r.applied_at is not null
        where query.is_by_cost and query.is_current and e.created_at >= query.range_from
    ) as change
    group by id
),
-- Not materialized, so that each reader below takes the index that suits it.
first_rows as not materialized (
    select
        u.id, u.created_at, u.cost_pico_usd, u.latency_us, u.status, u.http_status, u.error_code, u.service_tier
    from query
    cross join usage_logs u
    where u.revision = 0
        and u.created_at >= query.range_from
        and u.created_at < query.range_to
        and (query.user_labels is null or u.user_label = any(query.user_labels))
        and (query.models is null or u.model = any(query.models))
        and (query.providers is null or u.provider = any(query.providers))
        and (query.key_ids is null or u.key_id = any(query.key_ids))
        and (query.wanted_tags is null or not exists (
            select
            from jsonb_each(query.wanted_tags) as wanted (name, allowed)
            where not coalesce(wanted.allowed ? (u.tags ->> wanted.name), false)
        ))
        and (query.endpoints is null or u.endpoint = any(query.endpoints))
),
unchanged as not materialized (
    select u.id, u.created_at, u.cost_pico_usd, u.latency_us
    from query
    cross join first_rows u
    -- Not a join, which would not keep the order of the index.
    where u.id not in (select changed.id from changed)
        and (query.statuses is null or u.status = any(query.statuses))
        and (query.http_statuses is null or u.http_status = any(query.http_statuses))
        and (query.error_codes is null or u.error_code = any(query.error_codes))
        and (query.service_tiers is null or u.service_tier = any(query.service_tiers))
),
ranked as (
    (
        select u.id, u.created_at, u.cost_pico_usd as rank
        from query
        cross join unchanged u
        where query.is_by_cost
            and not query.is_unranked
            and u.cost_pico_usd is not null
            and (query.after_rank is null or u.cost_pico_usd <= query.after_rank)
            and (
                query.after_rank is null
                or (u.cost_pico_usd, u.created_at, u.id) < (query.after_rank, query.after_at, query.after_id)
            )
        order by u.cost_pico_usd desc nulls last, u.created_at desc, u.id desc
        limit $19
    )
    union all
    (
        select u.id, u.created_at, u.latency_us as rank
        from query
        cross join unchanged u
        where not query.is_by_cost
            and not query.is_unranked
            and u.latency_us is not null
            and (query.after_rank is null or u.latency_us <= query.after_rank)
            and (
                query.after_rank is null
                or (u.latency_us, u.created_at, u.id) < (query.after_rank, query.after_at, query.after_id)
            )
        order by u.latency_us desc nulls last, u.created_at desc, u.id desc
        limit $19
    )
    union all
    (
        select u.id, u.created_at, -1 as rank
        from query
        cross join unchanged u
        where query.is_unranked
            and case when query.is_by_cost then u.cost_pico_usd else u.latency_us end is null
            and (query.after_rank is null or (u.created_at, u.id) < (query.after_at, query.after_id))
        order by u.created_at desc, u.id desc
        limit $19
    )
    union all
    select
        u.id,
        u.created_at,
        coalesce(
            case
                when not query.is_by_cost then coalesce(changed.latency_us, u.latency_us)
                when (u.cost_pico_usd is null)::integer + changed.unpriced_change = 0
                    then coalesce(u.cost_pico_usd, 0) + changed.cost_pico_usd
            end,
            -1
        ) as rank
    from query
    cross join changed
    -- One by its key at a time: a join could read the whole range.
    cross join lateral (select f.id, f.created_at, f.cost_pico_usd, f.latency_us from first_rows f where f.id = changed.id limit 1) as u
    where coalesce(query.statuses, query.error_codes, query.service_tiers, query.http_statuses::text[]) is null
        or exists (
            select
            from usage_calls c
            where c.id = u.id
                and c.created_at = u.created_at
                and (query.statuses is null or c.status = any(query.statuses))
                and (query.http_statuses is null or c.http_status = any(query.http_statuses))
                and (query.error_codes is null or c.error_code = any(query.error_codes))
                and (query.service_tiers is null or c.service_tier = any(query.service_tiers))
        )
)
select ranked.id, ranked.created_at, ranked.rank::bigint as rank
from query
cross join ranked
where (ranked.rank < 0) = query.is_unranked
    and (
        query.after_rank is null
        or (ranked.rank, ranked.created_at, ranked.id) < (query.after_rank, query.after_at, query.after_id)
    )
order by ranked.rank desc, ranked.created_at desc, ranked.id desc
limit $19
