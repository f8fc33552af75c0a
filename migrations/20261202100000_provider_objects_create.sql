-- Objects that the provider made for a call: responses, their items, and the containers of their tools. All callers share one
-- account there, so whose an object is stands here, written before its id is passed on. Also conversations and containers
-- that were made elsewhere, by the caller who used them first.
create table provider_objects (
    object_id text primary key,
    created_at timestamptz not null default clock_timestamp(),
    call_id uuid not null,
    -- Null if the call was paid with the caller's own provider key.
    key_id uuid,
    user_label text not null,
    model text not null,
    -- Whether it was made elsewhere. Such objects may live longer at the provider than any response, so they are kept.
    is_claimed boolean not null default false,
    constraint provider_objects_object_id_check check (length(object_id) between 1 and 256)
);

create index provider_objects_created_at_idx on provider_objects (created_at) where not is_claimed;
