-- The end of the window that holds `at`; null if the window never ends.
create or replace function limit_window_end(period text, time_zone text, at timestamptz) returns timestamptz
language sql stable
return case
    when period = 'total' then null
    -- Hours and minutes are lengths of time; days and months are dates, and a day may last 23 or 25 hours.
    when period in ('minute', 'hour') then date_trunc(period, at, time_zone) + ('1 ' || period)::interval
    else (date_trunc(period, at at time zone time_zone) + ('1 ' || period)::interval) at time zone time_zone
end;
