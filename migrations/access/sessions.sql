-- How long statements and idle sessions of each role may last. A function cannot end its own session while Lambda keeps
-- it frozen, and does not get to do so when it is killed: the server has to. The owner of the schema has its own
-- values, set when `maintain` connects: migrations and rebuilds take longer than any report.
do $$
declare
    setting record;
begin
    for setting in
        select r.rolname, s.name, s.value
        from (
            values
            -- Admission gives up after 5 s and a settlement is repeated: what waits for longer helps no one.
            ('tokenmeter_chat', 'statement_timeout', '15s'),
            ('tokenmeter_chat', 'idle_in_transaction_session_timeout', '15s'),
            -- An export reads for as long as its function may run, five minutes, and waits for slow readers in between.
            ('tokenmeter_summary', 'statement_timeout', '5min'),
            ('tokenmeter_summary', 'idle_in_transaction_session_timeout', '2min'),
            -- The gateway answers the caller after 29 s.
            ('tokenmeter_admin', 'statement_timeout', '29s'),
            ('tokenmeter_admin', 'idle_in_transaction_session_timeout', '15s'),
            -- Sessions of frozen environments and of the previous version must make room for new ones. A function that
            -- finds its session closed opens another, which takes milliseconds.
            ('tokenmeter_chat', 'idle_session_timeout', '2min'),
            ('tokenmeter_summary', 'idle_session_timeout', '2min'),
            ('tokenmeter_admin', 'idle_session_timeout', '2min'),
            -- A statement whose function is gone ends as well.
            ('tokenmeter_chat', 'client_connection_check_interval', '10s'),
            ('tokenmeter_summary', 'client_connection_check_interval', '10s'),
            ('tokenmeter_admin', 'client_connection_check_interval', '10s')
        ) as s (role_name, name, value)
        join pg_roles r on r.rolname = s.role_name
        where not coalesce(s.name || '=' || s.value = any (r.rolconfig), false)
    loop
        begin
            execute format('alter role %I set %I = %L', setting.rolname, setting.name, setting.value);
        exception
            when insufficient_privilege then
                raise notice 'role % keeps its own %: % may not change it', setting.rolname, setting.name, current_user;
            -- "tuple concurrently updated": the migration of another database sets it just now.
            when internal_error then null;
        end;
    end loop;
end
$$;
