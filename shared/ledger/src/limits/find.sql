-- With the label whose administrators may change it: the limit's own, or that of its key.
select
    s.id, s.version, s.created_at, s.updated_at, s.subject_kind, s.subject_id, s.metric, s.period, s.amount, s.mode,
    s.time_zone, s.unbounded, s.used, s.reserved, s.remaining, s.overrun, s.refusals, s.resets_at, s.created_by, s.created_by_label,
    case when s.is_each then s.windows end as windows,
    case when s.subject_kind = 'label' and not s.is_each then s.subject_id else k.user_label end as user_label
from limit_status s
left join api_keys k on k.id = case when s.subject_kind = 'key' and not s.is_each then s.subject_id::uuid end
where s.id = $1
