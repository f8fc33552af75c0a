-- squawk-ignore ban-drop-function
drop function if exists limit_windows_lock(text, uuid, timestamptz);
do $$
begin
    if exists (
        select from pg_proc p
        where p.oid = to_regprocedure('limit_windows_lock(text, uuid, jsonb, timestamptz)')
            and 'states' = any (p.proargnames)
    ) then
        drop function limit_windows_lock(text, uuid, jsonb, timestamptz);
    end if;
end
$$;

-- Locks the current window of each limit that applies to a call and returns the windows as they are once locked, with
-- what callers are shown of each. Null if no limit applies. Limits are locked in the order of their ids, here and
-- everywhere else, so that two calls never wait for each other; a call has one window of each.
--
-- What callers are shown is returned in arrays: JSON, which limit_state makes where it is needed, took as long as the
-- lock and the reservation. One row at a time, by key: joined to `limits` and locked in one statement, the plan depended
-- on the parameters, so Postgres planned the statement again for each call, which took twice the processor time
-- (docs/adr/0009).
create or replace function limit_windows_lock(
    user_label text,
    key_id uuid,
    tags jsonb,
    at timestamptz,
    out windows limit_windows[],
    -- Six of each limit: id, kind and id of the subject, metric, period, mode.
    out limit_words text[],
    -- Three of each limit: cap, used, reserved by other calls.
    out limit_amounts bigint[],
    out limit_ends timestamptz[]
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
            -- Without a key the caller pays the provider, and uses none of our tokens and money.
            and (key_id is not null or l.metric in ('requests', 'concurrency'))
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
        limit_words := limit_words || array[
            applied.id::text, applied.subject_kind, applied.subject_id, applied.metric, applied.period,
            case when locked.hard then 'hard' else 'soft' end
        ];
        limit_amounts := limit_amounts || array[locked.cap, locked.settled + locked.overrun, locked.reserved];
        limit_ends := array_append(limit_ends, locked.ends_at);
    end loop;
end
$$;
