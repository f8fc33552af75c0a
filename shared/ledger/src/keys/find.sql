select
    id, created_at, last_used_at, expires_at, revoked_at, version, name, user_label, scopes, models, status,
    secret_prefix, retiring_prefixes, retiring_at
from api_key_details
where id = $1
