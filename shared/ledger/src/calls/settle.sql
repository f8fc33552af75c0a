-- Settlement: the call enters the ledger and leaves `open_calls`. One that holds reservations stays there until they
-- are released, in a statement of its own: a hot row of a limit must not be locked while the ledger is flushed.
-- Without an open row nothing changes and no row is returned: see settle_late.sql.
-- `call` only names the parameters: the planner replaces each by its value.
with call as not materialized (
    {call_record}
),
closed as (
    delete from open_calls
    using call
    where open_calls.id = call.id and window_ids is null
    returning open_calls.id
),
held as (
    update open_calls
    set
        settled_at = clock_timestamp(),
        -- A call that failed at an unknown cost may have used anything up to its bound.
        used_tokens = case
            when call.status <> 'failed' or call.cost_pico_usd is not null then call.input_tokens + call.output_tokens
        end,
        used_pico_usd = call.cost_pico_usd
    from call
    where open_calls.id = call.id and window_ids is not null and settled_at is null
    returning open_calls.id
),
ended as (
    select id from closed
    union all
    select id from held
),
recorded as (
    insert into usage_logs (
        {recorded_columns}
    )
    select
        ended.id, {recorded_values}
    from ended
    cross join call
    returning id
)
-- A limit created since admission gives the call a reservation that its function does not know of.
select recorded.id, exists (select from held) as is_held
from recorded
