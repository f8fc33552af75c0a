-- Counts a refusal. A final one, which waiting would not have prevented, also writes the window's refusal event.
create or replace function limit_windows_refuse(window_id bigint, is_final boolean) returns void
language plpgsql
security definer
set search_path = public, pg_temp
as $$
begin
    update limit_windows w set refusals = w.refusals + 1 where w.id = window_id;
    if is_final then
        insert into limit_events (
            limit_id, window_starts_at, window_ends_at, cap, used, kind, subject_kind, subject_id, metric, period, mode
        )
        select
            l.id, w.starts_at, w.ends_at, w.cap, w.settled + w.overrun, 'refused', l.subject_kind, w.subject_id,
            l.metric, l.period, l.mode
        from limit_windows w
        join limits l on l.id = w.limit_id
        where w.id = window_id
            -- An index lookup, since each conflict would consume a number of the sequence.
            and not exists (
                select
                from limit_events e
                where e.limit_id = w.limit_id
                    and e.window_starts_at = w.starts_at
                    and e.subject_id = w.subject_id
                    and e.kind = 'refused'
                    and e.cap = w.cap
            )
        on conflict do nothing;
    end if;
end
$$;
