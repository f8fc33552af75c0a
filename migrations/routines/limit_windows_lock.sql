-- squawk-ignore ban-drop-function
drop function if exists limit_windows_lock(text, uuid, timestamptz);

-- Locks the current window of each limit that applies to a call and returns the windows as they are once locked, with
-- the state of each as callers are shown it. Null if no limit applies. Limits are locked in the order of their ids,
-- here and everywhere else, so that two calls never wait for each other; a call has one window of each.
--
-- One row at a time, by key: joined to `limits` and locked in one statement, the plan depended on the parameters, so
-- Postgres planned the statement again for each call, which took twice the processor time (docs/adr/0009).
create or replace function limit_windows_lock(
    user_label text,
    key_id uuid,
    tags jsonb,
    at timestamptz,
    out windows limit_windows[],
    out states jsonb[]
)
language plpgsql
as $$
declare
    applied record;
    locked limit_windows;
begin
    for applied in
        select
            l.id, l.subject_kind, l.subject_id, l.metric, l.period, l.is_each,
            limit_window_start(l.period, l.time_zone, at) as starts_at
        from limits l
        where l.subject = any (limit_tag_subjects(tags) || array[
                'global:', 'label:' || user_label, case when user_label is not null then 'label:*' end,
                'key:' || key_id::text, case when key_id is not null then 'key:*' end
            ])
        order by l.id
    loop
        if applied.is_each then
            applied.subject_id :=
                limit_subject_of(applied.subject_kind, applied.subject_id, user_label, key_id, tags);
            continue when limit_is_replaced(
                applied.subject_kind, applied.subject_id, applied.metric, applied.period
            );
        end if;
        select w.* into locked
        from limit_windows w
        where w.limit_id = applied.id and w.starts_at = applied.starts_at and w.subject_id = applied.subject_id
        for update;
        if not found then
            perform limit_windows_open(applied.id, at, array[applied.subject_id]);
            select w.* into locked
            from limit_windows w
            where w.limit_id = applied.id and w.starts_at = applied.starts_at and w.subject_id = applied.subject_id
            for update;
            -- The limit was deleted since it was read.
            continue when not found;
        end if;
        windows := array_append(windows, locked);
        states := array_append(states, jsonb_build_object(
            'id', applied.id, 'subject_kind', applied.subject_kind, 'subject_id', applied.subject_id,
            'metric', locked.metric, 'period', applied.period, 'hard', locked.hard, 'cap', locked.cap,
            'used', locked.settled + locked.overrun, 'reserved', locked.reserved, 'resets_at', locked.ends_at
        ));
    end loop;
end
$$;
