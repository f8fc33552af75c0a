-- Adds a new limit's window to each call in flight that it applies to, and returns what these calls hold in it. The caller
-- has locked `open_calls`. A call that is settled but not yet released is in the ledger, and so not counted here.
create or replace function limit_windows_hold_open_calls(added limits, added_window_id bigint) returns bigint
language plpgsql
as $$
declare
    -- What every chat model accepts as an output bound.
    default_output_tokens constant bigint := 4096::bigint;
    -- As in limit_windows_reserve.
    max_amount constant bigint := 3000000000000000000;
    subject_key_id uuid;
    held numeric;
begin
    if added.subject_kind = 'key' then
        subject_key_id := added.subject_id::uuid;
    end if;
    with in_flight as (
        select
            o.id,
            case added.metric
                when 'tokens' then o.input_bound_tokens::numeric + coalesce(
                    o.output_bound_tokens,
                    -- Admitted without an output bound. As in admission, a soft limit counts what is known; a hard one
                    -- reserves the most that the model answers with.
                    case when added.mode = 'hard' then coalesce(
                        model_max_output_tokens(o.model),
                        model_max_output_tokens(regexp_replace(o.model, '-\d{4}-\d{2}-\d{2}$', '')),
                        default_output_tokens
                    ) end,
                    0
                )
                when 'usd' then coalesce(o.reserved_pico_usd, 0)
                else 1
            end as need
        from open_calls o
        where o.settled_at is null
            and (added.subject_kind <> 'label' or o.user_label = added.subject_id)
            and (added.subject_kind <> 'key' or o.key_id = subject_key_id)
    ),
    fitting as (
        -- All of them together must fit a bigint, as in admission.
        select
            f.id,
            least(f.need, greatest(max_amount - coalesce(sum(f.need) over earlier, 0), 0))::bigint as amount
        from in_flight f
        window earlier as (order by f.id rows between unbounded preceding and 1 preceding)
    ),
    -- Windows stay in lock order, which is that of their limits.
    holding as (
        select
            f.id, f.amount,
            array_agg(h.window_id order by w.limit_id nulls first) as window_ids,
            array_agg(h.amount order by w.limit_id nulls first) as window_amounts
        from fitting f
        join open_calls o on o.id = f.id
        cross join lateral (
            select before.window_id, before.amount
            from unnest(o.window_ids, o.window_amounts) as before (window_id, amount)
            union all
            select added_window_id, f.amount
        ) as h
        left join limit_windows w on w.id = h.window_id
        group by f.id, f.amount
    ),
    appended as (
        update open_calls o
        set window_ids = h.window_ids, window_amounts = h.window_amounts
        from holding h
        where o.id = h.id
        returning h.amount
    )
    select coalesce(sum(a.amount), 0)
    into held
    from appended a;
    return held::bigint;
end
$$;
