-- Ends a settled call: deletes its open row and books its reservations. Not durable by itself, and need not be: after a
-- crash the row comes back together with the counters it belongs to, and the sweeper repeats this.
create or replace function calls_release(call_id uuid) returns boolean
language plpgsql
-- The role that makes calls holds no rights on keys, limits and windows.
security definer
set search_path = public, pg_temp
-- Postgres takes the length of an array for a reason to plan again for each call.
set plan_cache_mode = force_generic_plan
as $$
declare
    released open_calls;
begin
    assert set_config('synchronous_commit', 'off', true) = 'off';
    delete from open_calls o
    where o.id = call_id and o.settled_at is not null
    returning o.* into released;
    if not found then
        return false;
    end if;
    return limit_windows_book(
        released.window_ids, released.window_amounts, released.used_tokens, released.used_pico_usd
    );
end
$$;
