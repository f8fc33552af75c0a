-- requires: api_key_of_secret
-- squawk-ignore ban-drop-function
drop function if exists provider_objects_find(bytea, text);

-- One object, if the holder of this key may use it: the key made it, or is bound to its label. Without a key, the
-- object was made with a provider key of a caller, and the provider decides who may use it. A response that the
-- provider works on comes with its call.
create or replace function provider_objects_find(key_hash bytea, wanted_id text)
returns table (call_id uuid, key_id uuid, user_label text, model text, background json, upstream text)
language sql stable
security definer
set search_path = public, pg_temp
begin atomic
    select o.call_id, o.key_id, o.user_label, o.model, b.call, o.upstream
    from provider_objects o
    left join background_calls b on b.call_id = o.call_id and b.response_id = o.object_id
    where o.object_id = wanted_id
        and case
            when key_hash is null then o.key_id is null
            else exists (
                select
                from api_key_of_secret(key_hash) k
                where o.key_id = k.id or (o.key_id is not null and o.user_label = k.user_label)
            )
        end;
end;
