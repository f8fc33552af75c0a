-- A key and its first secret. If the secret exists already, nothing changes.
with secret as (
    insert into api_key_secrets (secret_hash, key_id, secret_prefix)
    select $1, $2, $3
    where not exists (select from api_key_secrets where secret_hash = $1)
    returning key_id
)
insert into api_keys (id, name, user_label, scopes, models, expires_at)
select key_id, $4, $5, $6, $7, $8
from secret
returning id
