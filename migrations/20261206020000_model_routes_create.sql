-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
-- Names that callers use as a model, each with the targets that a call is tried at in their order.
create table model_routes (
    id uuid primary key default gen_random_uuid(),
    -- The format of its calls and of all its targets.
    wire text not null,
    model text not null,
    -- Objects with `upstream`, `model` and `timeout_seconds`. Upstreams by name and without a foreign key, since those of
    -- the environment have no row, and one that is deleted is skipped.
    targets jsonb not null,
    version bigint not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    changed_at timestamptz not null default clock_timestamp(),
    constraint model_routes_wire_model_key unique (wire, model),
    constraint model_routes_model_check check (length(model) between 1 and 256),
    constraint model_routes_targets_check check (jsonb_typeof(targets) = 'array' and jsonb_array_length(targets) between 1 and 8)
);

alter table audit_log
    drop constraint audit_log_subject_kind_check,
    add constraint audit_log_subject_kind_check
        check (subject_kind in ('key', 'limit', 'price', 'fee', 'upstream', 'route'));

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_chat') then
        grant select on model_routes to tokenmeter_chat;
    end if;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant select, insert, update, delete on model_routes to tokenmeter_admin;
    end if;
end
$$;
