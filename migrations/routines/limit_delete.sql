-- Deletes a limit with its windows. Where it took the place of a limit for each, its subject has a window of that one
-- again. Calls are paused.
create or replace function limit_delete(deleted_limit_id uuid) returns void
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
    deleted limits;
begin
    delete from limits l
    where l.id = deleted_limit_id
    returning l.* into deleted;
    if not deleted.is_each then
        perform limit_windows_replace(deleted, true);
    end if;
end
$$;

revoke execute on function limit_delete(uuid) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant execute on function limit_delete(uuid) to tokenmeter_admin;
    end if;
end
$$;
