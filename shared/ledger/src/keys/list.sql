-- Ids begin with the time of creation, so their order is newest first, and the next page starts after the last id.
select
    id, created_at, last_used_at, expires_at, revoked_at, version, name, user_label, scopes, models, status,
    secret_prefix, retiring_prefixes, retiring_at
from api_key_details
where ($1 is null or user_label = $1)
    and ($2 is null or $2 = any(scopes))
    and ($3 is null or status = $3)
    and ($4 is null or strpos(lower(name), lower($4)) > 0)
    and ($5 is null or id < $5)
order by id desc
limit $6
