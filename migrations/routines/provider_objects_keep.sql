-- With fewer parameters it would be a second function, and calls of the previous release would fit both.
-- squawk-ignore ban-drop-function
drop function if exists provider_objects_keep(text[], uuid, uuid, text, text);

-- Records whose these objects are, and which upstream has them. An object keeps its first owner.
create or replace function provider_objects_keep(
    object_ids text[],
    maker_id uuid,
    maker_key_id uuid,
    maker_label text,
    maker_model text,
    -- A registered one; null is the provider of the environment.
    maker_upstream text default null
) returns void
language sql
-- The role that makes calls can neither list objects nor change whose they are.
security definer
set search_path = public, pg_temp
begin atomic
    insert into provider_objects (object_id, call_id, key_id, user_label, model, upstream)
    select made.object_id, maker_id, maker_key_id, maker_label, maker_model, maker_upstream
    from unnest(object_ids) as made (object_id)
    on conflict (object_id) do nothing;
end;
