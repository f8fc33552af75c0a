-- Who changed what, written in the transaction of the change. Rows are added and never changed; no secret and no
-- hash is ever in one.
create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor_key_id uuid not null,
    -- As it was called then.
    actor_name text not null,
    action text not null,
    subject_kind text not null,
    subject_id text not null,
    -- The label that the subject belongs to: an administrator bound to a label reads that alone.
    user_label text,
    request_id text not null,
    before jsonb,
    after jsonb,
    constraint audit_log_action_check check (action in ('create', 'update', 'delete', 'revoke', 'rotate')),
    constraint audit_log_subject_kind_check check (subject_kind in ('key', 'limit', 'price')),
    constraint audit_log_change_check check (before is not null or after is not null)
);

create index audit_log_subject_idx on audit_log (subject_kind, subject_id, id);

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant select, insert on audit_log to tokenmeter_admin;
    end if;
end
$$;
