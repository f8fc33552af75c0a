update api_keys
set revoked_at = clock_timestamp(), version = version + 1
where id = $1
    and revoked_at is null
