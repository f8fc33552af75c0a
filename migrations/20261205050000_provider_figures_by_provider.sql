-- squawk-ignore-file adding-field-with-default, adding-not-nullable-field, constraint-missing-not-valid
-- squawk-ignore-file adding-foreign-key-constraint, disallowed-unique-constraint, adding-serial-primary-key-field
-- squawk-ignore-file ban-drop-constraint, ban-drop-not-null
-- A month of figures per provider: tables of a few thousand rows, which only maintenance writes. The defaults let the
-- release before this one go on writing OpenAI's.
alter table provider_usage
    drop constraint provider_usage_day_fkey,
    drop constraint provider_usage_day_endpoint_model_project_id_api_key_id_tier_ke,
    drop constraint provider_usage_endpoint_check,
    add column provider text collate "C" not null default 'openai',
    -- Null where the provider counts tokens only.
    alter column requests drop not null;

alter table provider_costs
    drop constraint provider_costs_day_fkey,
    drop constraint provider_costs_day_line_item_project_id_key,
    add column provider text collate "C" not null default 'openai';

alter table provider_days
    drop constraint provider_days_pkey,
    add column provider text collate "C" not null default 'openai',
    add constraint provider_days_pkey primary key (day, provider);

alter table provider_usage
    add constraint provider_usage_day_provider_fkey
        foreign key (day, provider) references provider_days on delete cascade,
    add constraint provider_usage_endpoint_check check (endpoint in ('completions', 'embeddings', 'messages')),
    add constraint provider_usage_line_key
        unique nulls not distinct (day, provider, endpoint, model, project_id, api_key_id, service_tier);

alter table provider_costs
    add constraint provider_costs_day_provider_fkey
        foreign key (day, provider) references provider_days on delete cascade,
    add constraint provider_costs_line_key unique nulls not distinct (day, provider, line_item, project_id);

-- When each provider was asked last, and who is asking now. `provider_sync`, which has OpenAI's row alone, stays for
-- the release before this one.
create table provider_fetches (
    -- The run that fetches, and until when no other may. The lease of a run that was killed ends by itself.
    lease_id uuid,
    leased_until timestamptz,
    next_run_at timestamptz not null default '-infinity',
    attempted_at timestamptz,
    succeeded_at timestamptz,
    status text not null default 'never',
    error text,
    provider text collate "C" primary key,
    constraint provider_fetches_status_check
        check (status in ('never', 'complete', 'incomplete', 'unauthorised', 'failed'))
);

insert into provider_fetches (next_run_at, attempted_at, succeeded_at, status, error, provider)
select next_run_at, attempted_at, succeeded_at, status, error, 'openai'
from provider_sync;

-- Reconciliation leaves out the calls that providers do not charge for.
-- squawk-ignore require-concurrent-index-deletion
drop index usage_logs_free_calls_idx;

-- An index of a partitioned table cannot be built concurrently.
-- squawk-ignore require-concurrent-index-creation
create index usage_logs_free_calls_idx on usage_logs (created_at)
where endpoint in (
    'moderations', 'responses.input_tokens', 'responses.retrieve', 'responses.delete', 'responses.cancel',
    'responses.input_items', 'messages.count_tokens', 'models.count_tokens'
);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant select on provider_fetches to %I', role_name);
        end if;
    end loop;
end
$$;
