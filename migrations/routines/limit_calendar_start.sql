-- The start of the day, week or month of a zone that holds `at`. Each begins when clocks first show its first midnight,
-- so that windows never overlap: where clocks go back over midnight, what the evening repeats belongs to the new day.
create or replace function limit_calendar_start(period text, time_zone text, at timestamptz) returns timestamptz
language plpgsql stable parallel safe
as $$
declare
    shown constant timestamp := at at time zone time_zone;
    midnight constant timestamp := date_trunc(period, shown);
    next_midnight constant timestamp := midnight + ('1 ' || period)::interval;
    next_starts_at timestamptz;
begin
    -- Clocks go back by three hours at most, and hardly ever over midnight.
    if shown > next_midnight - interval '4 hours' then
        next_starts_at := first_instant_of(next_midnight, time_zone);
        if next_starts_at <= at then
            return next_starts_at;
        end if;
    end if;
    return first_instant_of(midnight, time_zone);
end
$$;
