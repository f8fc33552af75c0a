-- requires: limit_next_event_at, limit_window_end, limit_window_start
--
-- squawk-ignore ban-drop-function
drop function if exists limit_windows_open(uuid, timestamptz);

-- Opens the windows that hold `at`, empty: of these subjects, or of the limit's own. The lock on the limit keeps a
-- concurrent change of its amount from being missed.
create or replace function limit_windows_open(
    opened_limit_id uuid, at timestamptz, window_subject_ids text[] default null
) returns void
language sql
security definer
set search_path = public, pg_temp
begin atomic
    insert into limit_windows (limit_id, starts_at, ends_at, cap, next_event_at, hard, metric, unbounded, subject_id)
    select
        l.id, limit_window_start(l.period, l.time_zone, at), limit_window_end(l.period, l.time_zone, at), l.amount,
        case when l.metric <> 'concurrency' then
            limit_next_event_at(l.id, limit_window_start(l.period, l.time_zone, at), opened.subject_id, l.amount)
        end,
        l.mode = 'hard', l.metric, l.unbounded, opened.subject_id
    from limits l
    cross join lateral unnest(coalesce(window_subject_ids, array[l.subject_id])) as opened (subject_id)
    where l.id = opened_limit_id
    for share of l
    on conflict (limit_id, starts_at, subject_id) do nothing;
end;
