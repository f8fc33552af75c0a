-- requires: limit_calendar_start
--
-- The start of the window that holds `at`. Hours and minutes are lengths of time; days, weeks and months are dates.
create or replace function limit_window_start(period text, time_zone text, at timestamptz) returns timestamptz
language sql stable
return case
    when period = 'total' then '-infinity'::timestamptz
    when time_zone = 'UTC' or period in ('minute', 'hour') then date_trunc(period, at, time_zone)
    else limit_calendar_start(period, time_zone, at)
end;
