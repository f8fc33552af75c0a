-- Limit events with their deliveries, newest first.
select
    e.id, e.uid, e.occurred_at, e.limit_id, e.window_starts_at, e.window_ends_at, e.cap, e.used, e.threshold, e.kind,
    e.subject_kind, e.subject_id, e.metric, e.period, e.mode,
    (
        select
            jsonb_agg(
                jsonb_build_object(
                    'target', d.target,
                    'status', case
                        when d.delivered_at is not null then 'delivered'
                        when d.failed_at is not null then 'failed'
                        else 'pending'
                    end,
                    'attempts', d.attempts,
                    'delivered_at', d.delivered_at,
                    'next_attempt_at', case when coalesce(d.delivered_at, d.failed_at) is null then d.next_attempt_at end,
                    'last_error', d.last_error
                )
                order by d.target collate "C"
            )
        from limit_event_deliveries d
        where d.event_id = e.id
    ) as deliveries
from limit_events e
left join api_keys k on k.id = case when e.subject_kind = 'key' then e.subject_id::uuid end
where ($1 is null or e.limit_id = $1)
    and ($2 is null or e.kind = $2)
    and (
        $3 is null
        or exists (
            select
            from limit_event_deliveries d
            where d.event_id = e.id
                and $3 = case
                    when d.delivered_at is not null then 'delivered'
                    when d.failed_at is not null then 'failed'
                    else 'pending'
                end
        )
    )
    and ($4 is null or case e.subject_kind when 'label' then e.subject_id else k.user_label end = $4)
    and ($5 is null or e.occurred_at >= $5)
    and ($6 is null or e.occurred_at < $6)
    and ($7 is null or e.subject_kind = $7)
    and ($8 is null or e.subject_id = $8)
    and ($9 is null or e.id < $9)
order by e.id desc
limit $10
