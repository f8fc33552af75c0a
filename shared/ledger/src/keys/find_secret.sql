-- A secret opens nothing once it is over, nor once its key is.
select
    s.key_id, s.request_hash,
    k.revoked_at is not null
        or coalesce(least(s.expires_at, k.expires_at) <= clock_timestamp(), false) as is_over
from api_key_secrets s
join api_keys k on k.id = s.key_id
where s.secret_hash = $1
