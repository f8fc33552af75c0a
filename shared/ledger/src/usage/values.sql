-- Labels, models, providers or keys that calls had, with what the calls add up to: those like the text first, then by number of
-- calls. From the sums of all time, and the rows since the last seal. `query` only names the parameters, as in
-- measures.sql. cube: the smallest cube that has the field, and the label if only one may be seen.
with query as not materialized (
    select
        $1::text as field, $2::smallint as cube, lower($3::text) as search_text, $4::text as only_label
),
sums as (
    select
        rollup.user_label, rollup.model, coalesce(rollup.provider, 'openai') as provider, rollup.key_id, rollup.calls, rollup.cost_pico_usd, rollup.last_call_at
    from query
    join usage_rollups rollup
        on rollup.level = {all_time_level}
            and rollup.cube = query.cube
            and (query.only_label is null or rollup.user_label = query.only_label)
    union all
    select
        ledger.user_label, ledger.model, ledger.provider, ledger.key_id, ledger.calls, ledger.cost_pico_usd, ledger.last_call_at
    from query
    cross join usage_rollup_state state
    cross join lateral usage_ledger_sums(
        state.sealed_until,
        'infinity'::timestamptz,
        case when query.only_label is not null then array[query.only_label] end,
        null::text[],
        null::uuid[],
        0::smallint
    ) as ledger
),
found as (
    select
        case query.field
            when 'user_label' then sums.user_label
            when 'model' then sums.model
            when 'provider' then sums.provider
            else 'key_' || replace(sums.key_id::text, '-', '')
        end as value,
        case when query.field = 'key' then sums.key_id end as key_id,
        sum(sums.calls)::bigint as calls,
        sum(sums.cost_pico_usd)::text as cost_pico_usd,
        max(sums.last_call_at) as last_call_at
    from query
    cross join sums
    group by 1, 2
)
select found.value, key.name, found.calls, found.cost_pico_usd, found.last_call_at
from query
cross join found
left join api_keys key
    on key.id = found.key_id and (query.only_label is null or key.user_label = query.only_label)
where found.value is not null
    and (
        query.search_text is null
        or strpos(lower(found.value), query.search_text) > 0
        or strpos(lower(key.name), query.search_text) > 0
    )
order by
    starts_with(lower(found.value), query.search_text) or starts_with(lower(key.name), query.search_text) desc nulls last,
    found.calls desc,
    found.value collate "C"
limit $5
