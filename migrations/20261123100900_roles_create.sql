-- One least-privilege role a function. A database whose owner may not create roles (a shared server) runs
-- without them; a deployment by CDK always has them.
do $$
declare
    may_create boolean := (select rolsuper or rolcreaterole from pg_roles where rolname = current_user);
    role_name text;
begin
    foreach role_name in array array['tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            if not may_create then
                raise notice 'role % is missing and % may not create it', role_name, current_user;
                continue;
            end if;
            begin
                execute format('create role %I login', role_name);
            exception
                when duplicate_object or unique_violation then null; -- made by another database's migration just now
            end;
        end if;
        -- RDS only: IAM database authentication is a membership.
        if may_create and exists (select from pg_roles where rolname = 'rds_iam') then
            execute format('grant rds_iam to %I', role_name);
        end if;
        execute format('grant usage on schema public to %I', role_name);
        execute format('grant select on all tables in schema public to %I', role_name);
    end loop;

    if exists (select from pg_roles where rolname = 'tokenmeter_chat') then
        grant insert, delete on open_calls to tokenmeter_chat;
        grant insert on usage_logs to tokenmeter_chat;
        grant update (last_used_at) on api_keys to tokenmeter_chat;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_summary') then
        revoke select on api_key_secrets from tokenmeter_summary;
        grant select (secret_hash, key_id, expires_at) on api_key_secrets to tokenmeter_summary;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant insert, update on api_keys, api_key_secrets to tokenmeter_admin;
        grant insert, delete on model_prices, model_aliases to tokenmeter_admin;
        grant update on price_book to tokenmeter_admin;
    end if;
end
$$;
