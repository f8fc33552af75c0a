-- Waits for admissions and settlements in progress and holds up further ones until the transaction ends, so that limits
-- can change hands between two calls. Admission and settlement touch `open_calls` in their first statement and hold
-- their lock on it until they commit. To be taken before any lock on a limit or a window, which they take later.
create or replace function limit_calls_pause() returns void
language plpgsql
-- The role that sets limits may not lock `open_calls` itself.
security definer
set search_path = public, pg_temp
-- Calls wait for as long as this waits.
set lock_timeout = '1s'
as $$
begin
    lock table open_calls in access exclusive mode;
end
$$;

revoke execute on function limit_calls_pause() from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant execute on function limit_calls_pause() to tokenmeter_admin;
    end if;
end
$$;
