-- The provider's own figures, as its usage and costs endpoints told them: what the ledger is reconciled with. A day is
-- always replaced as a whole, with the row of `provider_days` that says when it was told.
create table provider_days (
    day date primary key,
    fetched_at timestamptz not null,
    -- Told so long after the day's end that it will not change any more.
    is_final boolean not null,
    -- The provider answers for costs apart from usage, and may be silent on a day.
    has_costs boolean not null
);

create table provider_usage (
    day date not null references provider_days on delete cascade,
    requests bigint not null,
    input_tokens bigint not null,
    cached_tokens bigint not null,
    cache_write_tokens bigint not null,
    audio_input_tokens bigint not null,
    output_tokens bigint not null,
    audio_output_tokens bigint not null,
    -- The dated version that served, as in `served_model` of the ledger.
    model text collate "C",
    project_id text collate "C",
    -- The provider's name of a key of its own; the ledger knows keys by secret only.
    api_key_id text collate "C",
    service_tier text collate "C",
    endpoint text not null,
    constraint provider_usage_day_endpoint_model_project_id_api_key_id_tier_key
        unique nulls not distinct (day, endpoint, model, project_id, api_key_id, service_tier),
    constraint provider_usage_endpoint_check check (endpoint in ('completions', 'embeddings'))
);

create table provider_costs (
    day date not null references provider_days on delete cascade,
    -- pico-USD. Negative where the provider credits.
    amount_pico_usd numeric not null,
    line_item text collate "C",
    project_id text collate "C",
    constraint provider_costs_day_line_item_project_id_key unique nulls not distinct (day, line_item, project_id)
);

-- When the provider was asked last, and who is asking now.
create table provider_sync (
    -- Whoever holds the lease, and until when; a run that dies leaves it to the next.
    lease_id uuid,
    leased_until timestamptz,
    next_run_at timestamptz not null default '-infinity',
    attempted_at timestamptz,
    succeeded_at timestamptz,
    status text not null default 'never',
    error text,
    singleton boolean primary key default true,
    constraint provider_sync_singleton_check check (singleton),
    constraint provider_sync_status_check
        check (status in ('never', 'complete', 'incomplete', 'unauthorised', 'failed'))
);

insert into provider_sync default values;

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format(
                'grant select on provider_days, provider_usage, provider_costs, provider_sync to %I', role_name
            );
        end if;
    end loop;
end
$$;
