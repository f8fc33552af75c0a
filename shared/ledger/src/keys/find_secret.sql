-- A secret grants nothing once it or its key has expired or is revoked.
select
    s.key_id, s.request_hash,
    k.revoked_at is not null
        or coalesce(least(s.expires_at, k.expires_at) <= clock_timestamp(), false) as is_over
from api_key_secrets s
join api_keys k on k.id = s.key_id
where s.secret_hash = $1
