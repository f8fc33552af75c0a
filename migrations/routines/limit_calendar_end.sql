-- The end of the day, week or month of a zone that holds `at`: where the next one starts, as in limit_calendar_start.
create or replace function limit_calendar_end(period text, time_zone text, at timestamptz) returns timestamptz
language plpgsql stable parallel safe
as $$
declare
    length constant interval := ('1 ' || period)::interval;
    next_midnight constant timestamp := date_trunc(period, at at time zone time_zone) + length;
    next_starts_at constant timestamptz := first_instant_of(next_midnight, time_zone);
begin
    if next_starts_at <= at then
        return first_instant_of(next_midnight + length, time_zone);
    end if;
    return next_starts_at;
end
$$;
