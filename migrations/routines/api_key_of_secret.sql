-- The key that a secret belongs to, if both are valid now. A function with the owner's rights, so that roles can look
-- up one secret whose hash they hold and never list them.
create or replace function api_key_of_secret(wanted_hash bytea)
returns table (
    id uuid, name text, user_label text, scopes text[], models text[], expires_at timestamptz,
    secret_expires_at timestamptz, authenticated_at timestamptz
)
language sql
security definer
set search_path = public, pg_temp
begin atomic
    select
        k.id, k.name, k.user_label, k.scopes, k.models, k.expires_at, s.expires_at, clock_timestamp()
    from api_key_secrets s
    join api_keys k on k.id = s.key_id
    where s.secret_hash = wanted_hash
        and (s.expires_at is null or s.expires_at > clock_timestamp())
        and (k.expires_at is null or k.expires_at > clock_timestamp())
        and k.revoked_at is null;
end;
