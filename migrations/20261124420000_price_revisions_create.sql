-- What corrections of prices change (docs/adr/0007). Ledger and rollups stay as billed; entries say by how much a call
-- costs more or less as priced now, and sums hold them per bucket. An entry counts at the time of the ledger row that it
-- corrects, and once its revision is applied.
create table price_revisions (
    id bigint generated always as identity primary key,
    created_at timestamptz not null default clock_timestamp(),
    -- Null while entries are still being written: none of them counts until then.
    applied_at timestamptz,
    -- Null while calls may settle that were admitted with the prices from before.
    closed_at timestamptz,
    effective_from timestamptz not null,
    -- Every ledger row up to and with this one was looked at.
    cursor_at timestamptz not null,
    above_input_tokens bigint not null,
    -- The price that was put into the book, or that an undo took out, and the one that it took the place of.
    price_id bigint not null,
    replaced_price_id bigint,
    undoes_id bigint references price_revisions (id),
    changed_calls bigint not null default 0,
    newly_priced_calls bigint not null default 0,
    actor_key_id uuid not null,
    cursor_id uuid not null,
    cursor_revision smallint not null,
    model text not null,
    service_tier text not null,
    -- What was shown before: applying the same again is the same revision.
    preview text,
    change_pico_usd numeric not null default 0,
    constraint price_revisions_undoes_id_key unique (undoes_id),
    constraint price_revisions_preview_key unique (preview),
    constraint price_revisions_preview_check check ((preview is null) = (undoes_id is not null)),
    constraint price_revisions_closed_at_check check (closed_at is null or applied_at is not null)
);

-- One at a time: the next is counted from what the one before left.
create unique index price_revisions_pending_key on price_revisions ((true)) where applied_at is null;

create table price_entries (
    -- Those of the ledger row.
    created_at timestamptz not null,
    revision_id bigint not null references price_revisions (id),
    change_pico_usd bigint not null,
    -- The price now and before; null where there is none.
    price_id bigint,
    prior_price_id bigint,
    call_id uuid not null,
    key_id uuid,
    call_revision smallint not null,
    unpriced_change smallint not null,
    user_label text collate "C" not null,
    model text collate "C" not null,
    endpoint text not null,
    status text not null,
    tags jsonb,
    constraint price_entries_pkey primary key (revision_id, created_at, call_id, call_revision)
);

create index price_entries_created_at_idx on price_entries (created_at);

create index price_entries_call_id_idx on price_entries (call_id);

-- Of all applied revisions together. The levels are those of usage_rollups.
create table price_sums (
    bucket_at timestamptz not null,
    unpriced_change bigint not null,
    key_id uuid,
    level smallint not null,
    user_label text collate "C" not null,
    model text collate "C" not null,
    change_pico_usd numeric not null,
    constraint price_sums_level_bucket_at_user_label_model_key_id_key
        unique nulls not distinct (level, bucket_at, user_label, model, key_id)
);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant select on price_revisions, price_entries, price_sums to %I', role_name);
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant insert on price_entries to tokenmeter_admin;
        grant insert, update on price_revisions, price_sums to tokenmeter_admin;
        -- A price that a correction replaced comes back where that is undone.
        grant delete on withdrawn_prices to tokenmeter_admin;
    end if;
end
$$;
