-- requires: limit_calendar_end
--
-- The end of the window that holds `at`; null if the window never ends.
create or replace function limit_window_end(period text, time_zone text, at timestamptz) returns timestamptz
language sql stable
return case
    when period = 'total' then null
    when period in ('minute', 'hour') then date_trunc(period, at, time_zone) + ('1 ' || period)::interval
    when time_zone = 'UTC' then (date_trunc(period, at at time zone 'UTC') + ('1 ' || period)::interval) at time zone 'UTC'
    else limit_calendar_end(period, time_zone, at)
end;
