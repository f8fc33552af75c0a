-- Prices taken back unused. A call that was in flight at that instant may yet be priced with one, so the row stays
-- findable by its price_id.
create table withdrawn_prices (
    id bigint primary key,
    withdrawn_at timestamptz not null default clock_timestamp(),
    effective_from timestamptz not null,
    created_at timestamptz not null,
    above_input_tokens bigint not null,
    input bigint not null,
    cached_input bigint,
    cache_write bigint,
    output bigint not null,
    audio_input bigint,
    audio_output bigint,
    model text not null,
    service_tier text not null
);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant select on withdrawn_prices to %I', role_name);
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant insert on withdrawn_prices to tokenmeter_admin;
    end if;
end
$$;
