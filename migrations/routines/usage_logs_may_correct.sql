-- Whether a row is the first correction of an abandoned call of the same key and label, and leaves no count negative.
-- The policy below asks only this, so that the role that settles calls can write nothing else but calls.
create or replace function usage_logs_may_correct(
    call_id uuid,
    call_key_id uuid,
    call_label text,
    change_input_tokens bigint,
    change_output_tokens bigint,
    change_pico_usd bigint
) returns boolean
language sql stable
security definer
set search_path = public, pg_temp
begin atomic
    select
        exists (
            select
            from usage_logs l
            where l.id = call_id
                and l.revision = 0
                and l.status = 'abandoned'
                and l.key_id is not distinct from call_key_id
                and l.user_label = call_label
                and l.input_tokens + change_input_tokens >= 0
                and l.output_tokens + change_output_tokens >= 0
                and coalesce(l.cost_pico_usd, 0) + coalesce(change_pico_usd, 0) >= 0
        )
        and not exists (select from usage_logs l where l.id = call_id and l.revision > 0);
end;

drop policy if exists usage_logs_settle on usage_logs;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_chat') then
        create policy usage_logs_settle on usage_logs for insert to tokenmeter_chat
        with check (
            -- Only the sweeper abandons calls. `case`, so that a settlement pays for no lookup.
            case revision
                when 0 then status <> 'abandoned'
                when 1 then
                    status <> 'abandoned'
                    and corrected_status = 'abandoned'
                    and usage_logs_may_correct(id, key_id, user_label, input_tokens, output_tokens, cost_pico_usd)
                else false
            end
        );
    end if;
    if not (select relrowsecurity from pg_class where oid = 'usage_logs'::regclass) then
        alter table usage_logs enable row level security;
    end if;
end
$$;
