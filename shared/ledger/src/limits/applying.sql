-- The limits that apply to a call of the key $2 under the label $1 with the tags $3, each with the window of the call's
-- subject.
with call as (
    select $1::text as user_label, $2::uuid as key_id, $3::jsonb as tags
),
applying as (
    select
        l.id, l.version, l.created_at, l.updated_at, l.subject_kind, s.id as subject_id, l.metric, l.period, l.amount,
        l.mode, l.time_zone, l.unbounded, l.created_by, l.created_by_label,
        limit_window_start(l.period, l.time_zone, now_at.at) as starts_at,
        limit_window_end(l.period, l.time_zone, now_at.at) as resets_at
    from call
    cross join (select clock_timestamp() as at) as now_at
    join limits l
        on l.subject = any (
            array['global:', 'label:' || call.user_label, 'label:*', 'key:' || call.key_id, 'key:*']
            || array(
                select 'tag:' || t.name || '=' || unnest(array[t.value, '*'])
                from jsonb_each_text(call.tags) as t (name, value)
            )
        )
    cross join lateral (
        select
            case
                when l.is_each then limit_subject_of(l.subject_kind, l.subject_id, call.user_label, call.key_id, call.tags)
                else l.subject_id
            end as id
    ) as s
    where s.id is not null
        and (not l.is_each or not limit_is_replaced(l.subject_kind, s.id, l.metric, l.period))
)
select
    a.id, a.version, a.created_at, a.updated_at, a.subject_kind, a.subject_id, a.metric, a.period, a.amount, a.mode,
    a.time_zone, a.unbounded, a.created_by, a.created_by_label, a.resets_at,
    coalesce(w.settled + w.overrun, 0) as used, coalesce(w.reserved, 0) as reserved,
    greatest(a.amount - coalesce(w.settled + w.overrun + w.reserved, 0), 0) as remaining,
    coalesce(w.overrun, 0) as overrun, coalesce(w.refusals, 0) as refusals, null::bigint as windows,
    case a.subject_kind when 'label' then a.subject_id else k.user_label end as user_label
from applying a
left join limit_windows w on w.limit_id = a.id and w.starts_at = a.starts_at and w.subject_id = a.subject_id
left join api_keys k on k.id = case when a.subject_kind = 'key' then a.subject_id::uuid end
order by array_position(array['global', 'label', 'key', 'tag'], a.subject_kind), a.id
