-- Opens the current window of a new limit with what has already been used and reserved in it, since a budget for this month
-- covers the month and not the days since it was set.
--
-- Calls in flight are counted too, each exactly once. Admission and settlement touch `open_calls` in their first statement
-- and hold their lock on it until they commit. While it is locked here, no call is between two places: settled calls are in
-- the ledger, calls in flight have their row, and a call admitted next reads `limits` in a later statement, with a snapshot
-- that includes this limit. Admissions wait during that time, which is why the lock timeout is short.
create or replace function limit_windows_open_with_history(opened_limit_id uuid) returns void
language plpgsql
-- The role that sets limits may not lock `open_calls` itself.
security definer
set search_path = public, pg_temp
set lock_timeout = '1s'
-- Compiling the sums takes longer than running them.
set jit = off
as $$
declare
    at timestamptz;
    opened limits;
    opened_window_id bigint;
    window_starts_at timestamptz;
    used bigint;
    held bigint;
begin
    lock table open_calls in access exclusive mode;
    at := clock_timestamp();
    select l.* into strict opened from limits l where l.id = opened_limit_id;
    window_starts_at := limit_window_start(opened.period, opened.time_zone, at);
    perform limit_windows_open(opened.id, at);
    select w.id into strict opened_window_id
    from limit_windows w
    where w.limit_id = opened.id and w.starts_at = window_starts_at;

    used := limit_used_since(opened, window_starts_at);
    held := limit_windows_hold_open_calls(opened, opened_window_id);
    update limit_windows w
    set
        settled = w.settled + used,
        reserved = w.reserved + held,
        excess = greatest(w.settled::numeric + used + w.reserved + held - w.cap, 0)
    where w.id = opened_window_id;
    perform limit_windows_announce(opened_window_id);
end
$$;

-- Only the role that sets limits: a second run would count the same usage again.
revoke execute on function limit_windows_open_with_history(uuid) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant execute on function limit_windows_open_with_history(uuid) to tokenmeter_admin;
    end if;
end
$$;
