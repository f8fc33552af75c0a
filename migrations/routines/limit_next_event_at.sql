-- squawk-ignore ban-drop-function
drop function if exists limit_next_event_at(uuid, timestamptz, bigint) cascade;

-- The smallest amount whose threshold event is not written yet; null if all are. Events belong to a cap, so a raised
-- limit writes them again. A zero cap still needs non-zero usage.
create or replace function limit_next_event_at(
    window_limit_id uuid, window_start timestamptz, window_subject_id text, window_cap bigint
)
returns bigint
language sql stable
return (
    select min(greatest(ceil(window_cap::numeric * due.threshold / 100), 1))::bigint
    from unnest(array[50, 80, 100]) as due (threshold)
    where not exists (
        select
        from limit_events e
        where e.limit_id = window_limit_id
            and e.window_starts_at = window_start
            and e.subject_id = window_subject_id
            and e.kind = 'threshold'
            and e.threshold = due.threshold
            and e.cap = window_cap
    )
);
