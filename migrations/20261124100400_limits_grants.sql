-- Who may do what with limits.
do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_chat') then
        grant select on limits, limit_windows, limit_events, limit_status to tokenmeter_chat;
        grant update on limit_windows to tokenmeter_chat;
        grant update (settled_at, used_tokens, used_pico_usd) on open_calls to tokenmeter_chat;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_summary') then
        grant select on limits, limit_windows, limit_events, limit_status to tokenmeter_summary;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant select on limits, limit_windows, limit_events, limit_status to tokenmeter_admin;
        grant insert, update, delete on limits to tokenmeter_admin;
        grant update on limit_windows to tokenmeter_admin;
    end if;
end
$$;
