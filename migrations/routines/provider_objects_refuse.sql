-- The first of these objects that the holder of a key may not use; null if there is none, or no such key, which
-- admission refuses. `own_ids` only exist if a call made them. `sent_ids` may also be unknown, because the provider did
-- not store them. `claimed_ids` may have been made elsewhere: the first key that uses one becomes its owner.
create or replace function provider_objects_refuse(
    key_hash bytea,
    own_ids text[],
    sent_ids text[],
    claimed_ids text[],
    claim_id uuid,
    claim_label text,
    claim_model text
) returns text
language plpgsql
-- The role that makes calls can neither list objects nor change whose they are.
security definer
set search_path = public, pg_temp
as $$
declare
    holder record;
begin
    select k.id, k.user_label
    into holder
    from api_key_of_secret(key_hash) as k
    where k.scopes && array['chat', 'admin'];
    if not found then
        return null;
    end if;

    insert into provider_objects (object_id, call_id, key_id, user_label, model, is_claimed)
    select claimed.object_id, claim_id, holder.id, coalesce(holder.user_label, claim_label, 'unlabelled'), claim_model, true
    from unnest(claimed_ids) as claimed (object_id)
    -- In one order, so that two requests cannot wait for each other.
    order by claimed.object_id
    on conflict (object_id) do nothing;

    return (
        select named.object_id
        from (
            select own.object_id, true as is_needed
            from unnest(own_ids) as own (object_id)
            union all
            select other.object_id, false
            from unnest(sent_ids || claimed_ids) as other (object_id)
        ) as named
        left join provider_objects o on o.object_id = named.object_id
        where case
            when o.object_id is null then named.is_needed
            when o.key_id = holder.id then false
            -- An object of another account has no key.
            else o.key_id is null or o.user_label is distinct from holder.user_label
        end
        limit 1
    );
end
$$;
