-- Limits and their windows are small tables, and new checks are wider than the old ones, so a scan under a lock is short.
-- squawk-ignore-file ban-drop-constraint, adding-field-with-default, constraint-missing-not-valid, disallowed-unique-constraint
-- Limits for each label, key or value of a tag, limits on one value of a tag, weeks, and who made a limit.
alter table limits
    drop constraint limits_subject_check,
    drop constraint limits_period_check,
    -- The subject stands for any: every label, key or value of the tag has windows of its own.
    add column is_each boolean not null generated always as (
        case subject_kind when 'tag' then subject_id ~ '^[^=]+=\*$' else subject_id = '*' end
    ) stored,
    -- The administrator's key; null if it is not known.
    add column created_by uuid,
    -- The label that this key was bound to. An administrator bound to a label changes only limits made by such keys.
    add column created_by_label text,
    -- The id is a label, a key's uuid, `name=value` for a tag, or empty for global; `*` for each.
    add constraint limits_subject_check check (
        subject_kind in ('global', 'label', 'key', 'tag')
        and (subject_kind = 'global') = (subject_id = '')
        and (subject_kind <> 'tag' or subject_id ~ '^[^=]+=.')
    ),
    add constraint limits_period_check check (period in ('minute', 'hour', 'day', 'week', 'month', 'total'));

update limits l
set created_by = a.actor_key_id, created_by_label = k.user_label
from audit_log a
left join api_keys k on k.id = a.actor_key_id
where a.subject_kind = 'limit' and a.action = 'create' and a.subject_id = 'lim_' || replace(l.id::text, '-', '');

-- The label, key or value of a tag whose usage the window counts.
alter table limit_windows add column subject_id text not null default '';

update limit_windows w
set subject_id = l.subject_id
from limits l
where l.id = w.limit_id and l.subject_id <> '';

alter table limit_windows
    drop constraint limit_windows_limit_id_starts_at_key,
    add constraint limit_windows_limit_id_starts_at_subject_id_key unique (limit_id, starts_at, subject_id);

do $$
declare
    replaced text;
begin
    -- Its name is longer than Postgres keeps.
    select c.conname into strict replaced
    from pg_constraint c
    where c.conrelid = 'limit_events'::regclass and c.contype = 'u' and c.conname like 'limit_events_limit_id_%';
    execute format('alter table limit_events drop constraint %I', replaced);
end
$$;

alter table limit_events
    add constraint limit_events_limit_id_window_subject_kind_threshold_cap_key
        unique nulls not distinct (limit_id, window_starts_at, subject_id, kind, threshold, cap);
