-- The start of the window that holds `at`.
create or replace function limit_window_start(period text, time_zone text, at timestamptz) returns timestamptz
language sql stable
return case period when 'total' then '-infinity'::timestamptz else date_trunc(period, at, time_zone) end;
