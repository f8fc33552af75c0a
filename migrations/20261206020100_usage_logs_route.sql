-- Of a call whose model was the name of a route: `model` as requested, and `tries`, an array of objects with `upstream`,
-- `model`, `attempts`, `http_status`, `error_code` and `waited_us`. Null for all others.
alter table usage_logs add column route jsonb;
