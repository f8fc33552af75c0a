select key_id, request_hash, coalesce(expires_at <= clock_timestamp(), false) as is_over
from api_key_secrets
where secret_hash = $1
