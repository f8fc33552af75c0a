-- With the label whose administrators may change it: the limit's own, or that of its key.
select
    s.id, s.version, s.created_at, s.updated_at, s.subject_kind, s.subject_id, s.metric, s.period, s.amount, s.mode,
    s.time_zone, s.used, s.reserved, s.remaining, s.overrun, s.refusals, s.resets_at,
    case s.subject_kind when 'label' then s.subject_id else k.user_label end as user_label
from limit_status s
left join api_keys k on k.id = case when s.subject_kind = 'key' then s.subject_id::uuid end
where s.id = $1
