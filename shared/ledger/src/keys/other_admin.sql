-- Whether there is another valid unrestricted admin key than $1.
select exists (
    select
    from api_keys k
    where k.id <> $1
        and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > clock_timestamp())
        and k.user_label is null
        and 'admin' = any (k.scopes)
        and exists (
            select
            from api_key_secrets s
            where s.key_id = k.id and (s.expires_at is null or s.expires_at > clock_timestamp())
        )
) as is_there
