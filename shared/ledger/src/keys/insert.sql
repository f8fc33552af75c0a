insert into api_keys (id, name, user_label, scopes, models, expires_at)
values ($1, $2, $3, $4, $5, $6)
returning expires_at <= clock_timestamp() as is_over
