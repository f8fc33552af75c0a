-- A grace period never extends a secret that ends sooner.
with retired as (
    update api_key_secrets
    set expires_at = clock_timestamp() + make_interval(secs => $2)
    where key_id = $1
        and (expires_at is null or expires_at > clock_timestamp() + make_interval(secs => $2))
)
update api_keys
set version = version + 1
where id = $1
