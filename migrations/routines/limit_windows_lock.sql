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
-- what callers are shown of each, in the order of limits. Null if no limit applies. Windows are found, and opened where
-- they have to be, before any is locked; they are locked in the order of their ids, here and everywhere else, so that
-- no two transactions wait for each other. A call has one window of each limit.
--
-- What callers are shown is returned in arrays: JSON, which limit_state makes where it is needed, took as long as the
-- lock and the reservation. Scans and joins that read all windows are switched off, since a plan made while there are
-- few is kept when there are many.
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
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    applied record;
    window_id bigint;
    -- One place for each limit, and five: its id, kind and id of the subject, metric, period.
    window_ids bigint[];
    words text[];
    locked limit_windows;
    place integer;
begin
    for applied in
        select l.id, l.subject_kind, s.id as subject_id, l.metric, l.period, w.id as window_id
        from limits l
        cross join lateral (
            select
                case
                    when l.is_each then limit_subject_of(l.subject_kind, l.subject_id, user_label, key_id, tags)
                    else l.subject_id
                end as id
        ) as s
        left join limit_windows w
            on w.limit_id = l.id
            and w.starts_at = limit_window_start(l.period, l.time_zone, at)
            and w.subject_id = s.id
        where l.subject = any (limit_tag_subjects(tags) || array[
                'global:', 'label:' || user_label, case when user_label is not null then 'label:*' end,
                'key:' || key_id::text, case when key_id is not null then 'key:*' end
            ])
            -- Without a key the caller pays the provider, and uses none of our tokens and money.
            and (key_id is not null or l.metric in ('requests', 'concurrency'))
            and (not l.is_each or not limit_is_replaced(l.subject_kind, s.id, l.metric, l.period))
        order by l.id
    loop
        window_id := applied.window_id;
        if window_id is null then
            perform limit_windows_open(applied.id, at, array[applied.subject_id]);
            select w.id into window_id
            from limits l
            join limit_windows w
                on w.limit_id = l.id
                and w.starts_at = limit_window_start(l.period, l.time_zone, at)
                and w.subject_id = applied.subject_id
            where l.id = applied.id;
            -- The limit was deleted since it was read.
            continue when not found;
        end if;
        window_ids := array_append(window_ids, window_id);
        words := words || array[
            applied.id::text, applied.subject_kind, applied.subject_id, applied.metric, applied.period
        ];
    end loop;
    if window_ids is null then
        return;
    end if;

    -- Without those whose limit was deleted since they were found.
    select array_agg(l.w order by array_position(window_ids, (l.w).id))
    into windows
    from (
        select w
        from limit_windows w
        where w.id = any (window_ids)
        order by w.id
        for update
    ) as l;
    if windows is null then
        return;
    end if;
    foreach locked in array windows loop
        place := array_position(window_ids, locked.id);
        limit_words :=
            limit_words || words[place * 5 - 4 : place * 5] || case when locked.hard then 'hard' else 'soft' end;
        limit_amounts := limit_amounts || array[locked.cap, locked.settled + locked.overrun, locked.reserved];
        limit_ends := array_append(limit_ends, locked.ends_at);
    end loop;
end
$$;
