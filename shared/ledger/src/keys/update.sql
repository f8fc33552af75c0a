update api_keys
set
    name = $2,
    user_label = $3,
    scopes = $4,
    models = $5,
    expires_at = $6,
    version = version + 1
where id = $1
returning expires_at <= clock_timestamp() as is_over
