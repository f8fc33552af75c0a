-- What each role may do with the tables and views that hold secrets, the ledger and limits: least privilege, in one
-- place. Applied whenever a migration or a routine was, since the first grants let each role read every table, and a
-- view that is created again has none. Other tables have their grants in the migrations that create them.
do $$
declare
    role_name text;
    partition_name text;
begin
    for role_name in
        select rolname from pg_roles where rolname in ('tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin')
    loop
        execute format('revoke all on schema_migrations, schema_routines, provider_objects, background_calls from %I', role_name);
        -- Partitions are reached through their table alone.
        for partition_name in
            select i.inhrelid::regclass::text from pg_inherits i where i.inhparent = 'usage_logs'::regclass
        loop
            execute format('revoke all on %s from %I', partition_name, role_name);
        end loop;
    end loop;

    if exists (select from pg_roles where rolname = 'tokenmeter_chat') then
        revoke all on
            api_keys, api_key_secrets, api_key_details, audit_log, limits, limit_windows, limit_events, limit_status,
            limit_event_deliveries, open_calls, price_entries, price_revisions, price_sums, provider_costs, provider_days,
            provider_fetches, provider_sync, provider_usage, usage_calls, usage_changes, usage_logs, usage_rollup_differences,
            usage_rollup_state, usage_rollups, withdrawn_prices
        from tokenmeter_chat;
        -- Admission and release run with the rights of the owner. Settlement is a statement of this role.
        grant select (id, window_ids, settled_at), delete on open_calls to tokenmeter_chat;
        grant update (settled_at, used_tokens, used_pico_usd) on open_calls to tokenmeter_chat;
        grant insert on usage_logs to tokenmeter_chat;
        -- Counts of a call that is settled late, by its id: neither whose it was nor for which model.
        grant select (
            id, revision, status, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens,
            retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, cache_write_long_tokens, cached_audio_tokens,
            image_output_tokens
        ) on usage_logs to tokenmeter_chat;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_summary') then
        revoke all on api_key_secrets, api_key_details, audit_log, open_calls from tokenmeter_summary;
        grant select on limit_status, usage_calls, usage_changes to tokenmeter_summary;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        revoke all on api_key_secrets, open_calls from tokenmeter_admin;
        grant select on api_key_details, limit_status, usage_calls, usage_changes to tokenmeter_admin;
        -- A price correction waits for calls that were admitted with the old prices.
        grant select (opened_at) on open_calls to tokenmeter_admin;
        grant select, insert on api_key_secrets to tokenmeter_admin;
        grant update (expires_at) on api_key_secrets to tokenmeter_admin;
    end if;
end
$$;
