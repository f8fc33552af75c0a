-- The first instant at which clocks in the zone show this time or a later one. A time that clocks show twice counts
-- from the first; a time that they skip, from the change. In times of UTC, since intervals added to a `timestamptz`
-- depend on the session's zone.
create or replace function first_instant_of(local_time timestamp, zone text) returns timestamptz
language plpgsql immutable parallel safe
as $$
declare
    -- Of two instants Postgres returns the later; for a skipped time, what it would be by the clock before the change.
    instant timestamp := local_time at time zone zone at time zone 'UTC';
    day_before constant timestamp := instant - interval '24 hours';
    -- The same time by the clock of the day before.
    earlier constant timestamp := day_before + (local_time - (day_before at time zone 'UTC' at time zone zone));
    step interval := interval '65536 seconds';
begin
    if earlier < instant and earlier at time zone 'UTC' at time zone zone >= local_time then
        return earlier at time zone 'UTC';
    end if;
    if instant at time zone 'UTC' at time zone zone > local_time
        and (instant - interval '1 microsecond') at time zone 'UTC' at time zone zone >= local_time
    then
        -- The time lies within what is skipped, and the change before it.
        while step >= interval '1 second' loop
            if (instant - step) at time zone 'UTC' at time zone zone >= local_time then
                instant := instant - step;
            end if;
            step := step / 2;
        end loop;
    end if;
    return instant at time zone 'UTC';
end
$$;
