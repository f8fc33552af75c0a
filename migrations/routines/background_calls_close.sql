-- Forgets a call in the background that is settled. False if it is not known any more.
create or replace function background_calls_close(settled_id uuid) returns boolean
language plpgsql
-- The role that makes calls can neither list calls in the background nor change them.
security definer
set search_path = public, pg_temp
as $$
begin
    delete from background_calls b
    where b.call_id = settled_id;
    return found;
end
$$;
