-- Only a secret derived from an Idempotency-Key can be there already: then its first request is under way or done.
insert into api_key_secrets (secret_hash, key_id, secret_prefix, request_hash)
values ($1, $2, $3, $4)
on conflict (secret_hash) do nothing
