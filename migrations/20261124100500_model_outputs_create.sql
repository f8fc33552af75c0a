-- The most tokens a model answers with, which is what a call without a bound of its own may be given. The provider refuses
-- a larger bound; a model that is not listed is given what every chat model accepts.
create table model_outputs (
    model text primary key,
    max_output_tokens bigint not null,
    constraint model_outputs_max_output_tokens_check check (max_output_tokens > 0)
);

-- As the provider's model pages give them; of the newest models no page could be read, and they are given what their
-- predecessors of the same class have.
insert into model_outputs (model, max_output_tokens)
values
    ('gpt-4o', 16384),
    ('gpt-4o-mini', 16384),
    ('gpt-audio', 16384),
    ('gpt-4.1', 32768),
    ('gpt-4.1-mini', 32768),
    ('gpt-4.1-nano', 32768),
    ('o1', 100000),
    ('o3', 100000),
    ('o3-pro', 100000),
    ('o4-mini', 100000),
    ('gpt-5', 128000),
    ('gpt-5-mini', 128000),
    ('gpt-5-nano', 128000),
    ('gpt-5-pro', 128000),
    ('gpt-5.1', 128000),
    ('gpt-5.2', 128000),
    ('gpt-5.2-pro', 128000),
    ('gpt-5.3-codex', 128000),
    ('gpt-5.4', 128000),
    ('gpt-5.4-mini', 128000),
    ('gpt-5.4-nano', 128000),
    ('gpt-5.4-pro', 128000),
    ('gpt-5.5', 128000),
    ('gpt-5.5-pro', 128000),
    ('gpt-5.6-luna', 128000),
    ('gpt-5.6-sol', 128000),
    ('gpt-5.6-terra', 128000),
    ('gpt-6-astra', 128000);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant select on model_outputs to %I', role_name);
        end if;
    end loop;
end
$$;
