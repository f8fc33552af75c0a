select
    k.id, k.name, k.user_label, k.scopes, k.models, k.expires_at, s.expires_at as secret_expires_at,
    clock_timestamp() as authenticated_at
from api_key_secrets s
join api_keys k on k.id = s.key_id
where s.secret_hash = $1
    and (s.expires_at is null or s.expires_at > clock_timestamp())
    and (k.expires_at is null or k.expires_at > clock_timestamp())
    and k.revoked_at is null
