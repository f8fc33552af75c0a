-- A threshold is reached by the call whose end brings the sum to it, or by the change of the limit after it.
with reached as (
    select
        e.id, first.created_at as at, first.used,
        case when e.cap = l.amount then l.updated_at else l.created_at end as changed_at
    from limit_events e
    join limits l on l.id = e.limit_id
    cross join lateral (
        select summed.created_at, summed.used
        from (
            select
                c.created_at,
                sum(
                    case l.metric
                        when 'requests' then c.calls
                        when 'tokens' then c.input_tokens + c.output_tokens
                        else coalesce(c.cost_pico_usd, 0)
                    end
                ) over (order by c.created_at, c.id) as used
            from usage_changes c
            where c.created_at >= e.window_starts_at
                and c.created_at < coalesce(e.window_ends_at, 'infinity')
                and limit_subject_of(l.subject_kind, l.subject_id, c.user_label, c.key_id, c.tags) = e.subject_id
        ) as summed
        where summed.used >= greatest(ceil(e.cap::numeric * e.threshold / 100), 1)
        order by summed.created_at
        limit 1
    ) as first
    where e.kind = 'threshold'
)
update limit_events e
set
    occurred_at = greatest(reached.at, reached.changed_at),
    used = case when reached.at >= reached.changed_at then reached.used else e.used end
from reached
where e.id = reached.id;
