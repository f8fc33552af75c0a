-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
-- Servers that calls can be sent to, each under a path prefix of its name. Keys are never here: the key of `groq` is in
-- the variable UPSTREAM_GROQ_KEY, or in a secret whose name an IAM policy allows.
create table upstreams (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    wire text not null,
    base_url text not null,
    auth text not null,
    secret_arn text,
    -- Whose prices its calls have, and whether the cost that it states counts in their place.
    price_provider text not null,
    price_source text not null,
    adds_stream_options boolean not null,
    output_bound_member text not null,
    -- The model behind each name of a deployment.
    models jsonb not null,
    version bigint not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    changed_at timestamptz not null default clock_timestamp(),
    constraint upstreams_name_key unique (name),
    constraint upstreams_name_check check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
    constraint upstreams_wire_check check (wire in ('openai', 'anthropic', 'gemini', 'bedrock')),
    constraint upstreams_base_url_check check (base_url ~ '^https?://[^/?#@]+(/[^?#]*)?$'),
    constraint upstreams_auth_check check (auth in ('bearer', 'x-api-key', 'api-key', 'x-goog-api-key', 'none')),
    constraint upstreams_secret_arn_check
        check (secret_arn ~ '^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:tokenmeter/upstreams/.'),
    constraint upstreams_price_provider_check check (price_provider ~ '^[a-z][a-z0-9-]{0,31}$'),
    constraint upstreams_price_source_check check (price_source in ('table', 'upstream')),
    constraint upstreams_output_bound_member_check check (output_bound_member in ('max_completion_tokens', 'max_tokens')),
    constraint upstreams_models_check check (jsonb_typeof(models) = 'object')
);

alter table audit_log
    drop constraint audit_log_subject_kind_check,
    add constraint audit_log_subject_kind_check check (subject_kind in ('key', 'limit', 'price', 'fee', 'upstream'));

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_chat') then
        grant select on upstreams to tokenmeter_chat;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant select, insert, update, delete on upstreams to tokenmeter_admin;
    end if;
end
$$;
