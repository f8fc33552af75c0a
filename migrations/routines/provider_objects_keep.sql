-- Records whose these objects are. An object keeps its first owner.
create or replace function provider_objects_keep(
    object_ids text[], maker_id uuid, maker_key_id uuid, maker_label text, maker_model text
) returns void
language sql
-- The role that makes calls can neither list objects nor change whose they are.
security definer
set search_path = public, pg_temp
begin atomic
    insert into provider_objects (object_id, call_id, key_id, user_label, model)
    select made.object_id, maker_id, maker_key_id, maker_label, maker_model
    from unnest(object_ids) as made (object_id)
    on conflict (object_id) do nothing;
end;
