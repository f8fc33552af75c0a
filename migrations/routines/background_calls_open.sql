-- Keeps a call open that the provider works on in the background. False if it is not open any more; its later answer is
-- then a correction.
create or replace function background_calls_open(
    accepted_id uuid, accepted_response_id text, is_polled boolean, seconds_to_settle double precision, facts json
) returns boolean
language plpgsql
-- The role that makes calls cannot move deadlines by itself.
security definer
set search_path = public, pg_temp
as $$
begin
    insert into background_calls (call_id, response_id, next_poll_at, call)
    values (
        accepted_id, accepted_response_id,
        case when is_polled then clock_timestamp() + interval '1 minute' else 'infinity' end,
        facts
    )
    on conflict (call_id) do nothing;

    update open_calls o
    set deadline_at = o.opened_at + make_interval(secs => seconds_to_settle)
    where o.id = accepted_id and o.settled_at is null;
    return found;
end
$$;
