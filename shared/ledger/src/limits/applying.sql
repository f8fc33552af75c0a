-- The limits that apply to a call of the key $2 under the label $1.
select
    s.id, s.version, s.created_at, s.updated_at, s.subject_kind, s.subject_id, s.metric, s.period, s.amount, s.mode,
    s.time_zone, s.used, s.reserved, s.remaining, s.overrun, s.refusals, s.resets_at,
    case s.subject_kind when 'label' then s.subject_id else k.user_label end as user_label
from limit_status s
left join api_keys k on k.id = case when s.subject_kind = 'key' then s.subject_id::uuid end
where s.subject = any (array['global:', 'label:' || $1, 'key:' || $2])
order by array_position(array['global', 'label', 'key'], s.subject_kind), s.id
