-- squawk-ignore ban-drop-function
drop function if exists limit_windows_open_with_history(uuid);

-- Opens the current windows of a limit with what has already been used and reserved in them, since a budget for this
-- month covers the month and not the days since it was set: the window of one subject, or those of a limit for each.
-- Other subjects of such a limit have used nothing yet, so admission opens their windows empty.
--
-- Calls in flight are counted too, each exactly once. While calls are paused none is between two places: settled calls
-- are in the ledger, calls in flight have their row, and a call admitted next reads `limits` in a later statement, with
-- a snapshot that includes this limit.
create or replace function limit_windows_open_with_history(opened_limit_id uuid, opened_subject_id text default null)
returns void
language plpgsql
security definer
set search_path = public, pg_temp
-- Compiling the sums takes longer than running them.
set jit = off
as $$
declare
    opened limits;
    at timestamptz := clock_timestamp();
    window_starts_at timestamptz;
    sealed_at timestamptz := '-infinity'::timestamptz;
    used_subject_ids text[];
    used_amounts numeric[];
    subject_ids text[];
    window_id bigint;
begin
    select l.* into strict opened from limits l where l.id = opened_limit_id;
    opened_subject_id := coalesce(opened_subject_id, case when not opened.is_each then opened.subject_id end);
    window_starts_at := limit_window_start(opened.period, opened.time_zone, at);
    if opened.subject_kind = 'tag' then
        -- Sealed ledger rows no longer change: the long part of the sum is read before calls have to wait.
        select greatest(s.sealed_until, window_starts_at) into strict sealed_at from usage_rollup_state s;
        select array_agg(u.subject_id), array_agg(u.used) into used_subject_ids, used_amounts
        from limit_used_since(opened, window_starts_at, sealed_at, opened_subject_id) as u;
    end if;
    perform limit_calls_pause();
    at := clock_timestamp();
    if limit_window_start(opened.period, opened.time_zone, at) <> window_starts_at then
        -- The window ended while this waited, and no tag has used anything of the next one that is sealed.
        window_starts_at := limit_window_start(opened.period, opened.time_zone, at);
        used_subject_ids := null;
        used_amounts := null;
    end if;
    select array_agg(u.subject_id), array_agg(u.used) into used_subject_ids, used_amounts
    from (
        select counted.subject_id, least(greatest(sum(counted.used), 0), 3e18) as used
        from (
            select before.subject_id, before.used
            from unnest(used_subject_ids, used_amounts) as before (subject_id, used)
            union all
            select since.subject_id, since.used
            from limit_used_since(opened, greatest(window_starts_at, sealed_at), 'infinity', opened_subject_id) as since
        ) as counted
        group by counted.subject_id
    ) as u;

    select array_agg(distinct s.id) into subject_ids
    from (
        select opened_subject_id as id
        union all
        select unnest(used_subject_ids)
        union all
        select limit_subject_of(opened.subject_kind, opened.subject_id, o.user_label, o.key_id, o.tags)
        from open_calls o
        where opened_subject_id is null
    ) as s
    where s.id is not null
        and not (opened.is_each and limit_is_replaced(opened.subject_kind, s.id, opened.metric, opened.period));
    perform limit_windows_open(opened.id, at, coalesce(subject_ids, '{}'));

    for window_id in
        update limit_windows w
        set
            settled = counted.used,
            reserved = counted.held,
            excess = greatest(counted.used + counted.held - w.cap, 0)
        from (
            select s.id, coalesce(used.amount, 0) as used, coalesce(held.amount, 0) as held
            from unnest(subject_ids) as s (id)
            left join unnest(used_subject_ids, used_amounts) as used (id, amount) on used.id = s.id
            left join (
                select v.subject_id as id, h.held as amount
                from limit_windows_hold_open_calls(opened, window_starts_at, subject_ids) as h
                join limit_windows v on v.id = h.window_id
            ) as held on held.id = s.id
        ) as counted
        where w.limit_id = opened.id and w.starts_at = window_starts_at and w.subject_id = counted.id
        returning w.id
    loop
        perform limit_windows_announce(window_id);
    end loop;
    if not opened.is_each then
        perform limit_windows_replace(opened, false);
    end if;
end
$$;

-- Only the role that sets limits: a second run would count the same reservations again.
revoke execute on function limit_windows_open_with_history(uuid, text) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant execute on function limit_windows_open_with_history(uuid, text) to tokenmeter_admin;
    end if;
end
$$;
