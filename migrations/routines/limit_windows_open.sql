-- requires: limit_next_event_at, limit_window_end, limit_window_start
--
-- Opens the window that holds `at`, empty. The lock on the limit keeps a concurrent change of its amount from being missed.
create or replace function limit_windows_open(opened_limit_id uuid, at timestamptz) returns void
language sql
security definer
set search_path = public, pg_temp
begin atomic
    insert into limit_windows (limit_id, starts_at, ends_at, cap, next_event_at, hard, metric, unbounded)
    select
        l.id, limit_window_start(l.period, l.time_zone, at), limit_window_end(l.period, l.time_zone, at), l.amount,
        case when l.metric <> 'concurrency' then
            limit_next_event_at(l.id, limit_window_start(l.period, l.time_zone, at), l.amount)
        end,
        l.mode = 'hard', l.metric, l.unbounded
    from limits l
    where l.id = opened_limit_id
    for share
    on conflict (limit_id, starts_at) do nothing;
end;
