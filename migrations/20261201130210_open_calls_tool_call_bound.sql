-- How often the call may use built-in tools; null if it has none, or no bound. A database that ran the former text of the
-- file before has the column.
alter table open_calls
    add column if not exists tool_call_bound bigint;
