select k.id, k.user_label, k.scopes, k.models
from api_key_secrets s
join api_keys k on k.id = s.key_id
where s.secret_hash = $1
    and (s.expires_at is null or s.expires_at > clock_timestamp())
    and (k.expires_at is null or k.expires_at > clock_timestamp())
    and k.revoked_at is null
