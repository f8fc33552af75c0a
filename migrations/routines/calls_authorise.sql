-- requires: api_key_allows_model
--
-- The key with this hash and whether it may make this call; no row if the key is unknown, expired or revoked. In SQL,
-- so that the planner inlines it: as a PL/pgSQL function it cost a call without limits 7 % more.
create or replace function calls_authorise(key_hash bytea, named_label text, call_model text, at timestamptz)
returns table (verdict text, key_id uuid, user_label text, last_used_at timestamptz)
language sql stable
begin atomic
    select
        case
            when not (k.scopes && array['chat', 'admin']) then 'scope_missing'
            when k.user_label <> named_label then 'label_not_allowed'
            when not api_key_allows_model(k.models, call_model) then 'model_not_allowed'
            else 'admitted'
        end,
        k.id,
        k.user_label,
        k.last_used_at
    from api_key_secrets s
    join api_keys k on k.id = s.key_id
    where s.secret_hash = key_hash
        and (s.expires_at is null or s.expires_at > at)
        and (k.expires_at is null or k.expires_at > at)
        and k.revoked_at is null;
end;
