-- squawk-ignore ban-drop-function
drop function if exists limit_windows_hold_open_calls(limits, bigint);

-- Adds the windows of a limit that start at `windows_start_at` to each call in flight that they apply to, and returns
-- what these calls hold in each. Calls are paused. A call that is settled but not yet released is in the ledger, and so
-- not counted here.
create or replace function limit_windows_hold_open_calls(
    added limits, windows_start_at timestamptz, window_subject_ids text[]
)
returns table (window_id bigint, held bigint)
language plpgsql
as $$
#variable_conflict use_column
declare
    -- What every chat model accepts as an output bound.
    default_output_tokens constant bigint := 4096::bigint;
    -- As in limit_windows_reserve.
    max_amount constant bigint := 3000000000000000000;
begin
    return query
    with in_flight as (
        select
            o.id, w.id as window_id,
            case added.metric
                when 'tokens' then o.input_bound_tokens::numeric + coalesce(
                    o.output_bound_tokens,
                    -- Admitted without an output bound. As in admission, a soft limit counts what is known; a hard one
                    -- reserves the most that the model answers with.
                    case when added.mode = 'hard' then coalesce(
                        model_max_output_tokens(o.provider, o.model),
                        default_output_tokens
                    ) end,
                    0
                )
                when 'usd' then coalesce(o.reserved_pico_usd, 0)
                else 1
            end as need
        from open_calls o
        join limit_windows w
            on w.limit_id = added.id
            and w.starts_at = windows_start_at
            and w.subject_id = limit_subject_of(added.subject_kind, added.subject_id, o.user_label, o.key_id, o.tags)
        where o.settled_at is null
            and w.subject_id = any (window_subject_ids)
            -- A call without a key is paid by its caller, as in admission.
            and (
                o.key_id is not null
                or (added.subject_kind = 'global' and added.metric in ('requests', 'concurrency'))
            )
    ),
    fitting as (
        -- All of them together must fit a bigint, as in admission.
        select
            f.id, f.window_id,
            least(f.need, greatest(max_amount - coalesce(sum(f.need) over earlier, 0), 0))::bigint as amount
        from in_flight f
        window earlier as (
            partition by f.window_id
            order by f.id
            rows between unbounded preceding and 1 preceding
        )
    ),
    -- Windows stay in the order of their limits.
    holding as (
        select
            f.id, f.window_id, f.amount,
            array_agg(h.window_id order by w.limit_id nulls first) as window_ids,
            array_agg(h.amount order by w.limit_id nulls first) as window_amounts
        from fitting f
        join open_calls o on o.id = f.id
        cross join lateral (
            select before.window_id, before.amount
            from unnest(o.window_ids, o.window_amounts) as before (window_id, amount)
            union all
            select f.window_id, f.amount
        ) as h
        left join limit_windows w on w.id = h.window_id
        group by f.id, f.window_id, f.amount
    ),
    appended as (
        update open_calls o
        set window_ids = h.window_ids, window_amounts = h.window_amounts
        from holding h
        where o.id = h.id
        returning h.window_id, h.amount
    )
    select a.window_id, sum(a.amount)::bigint
    from appended a
    group by a.window_id;
end
$$;
