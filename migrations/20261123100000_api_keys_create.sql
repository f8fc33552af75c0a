-- Who may call. A key is one identity for as long as it lives; its secrets rotate below it.
create table api_keys (
    id uuid primary key,
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    name text not null,
    user_label text,
    scopes text[] not null,
    models text[],
    constraint api_keys_name_check check (length(name) between 1 and 200),
    constraint api_keys_user_label_check check (user_label is null or length(user_label) between 1 and 128),
    constraint api_keys_scopes_check
        check (cardinality(scopes) > 0 and scopes <@ array['chat', 'usage:read', 'admin'])
) with (fillfactor = 70);

-- Only an HMAC of a secret is kept: 256 random bits need no salt and no slow hash, and without the pepper
-- a stolen table can be neither checked nor forged against.
create table api_key_secrets (
    secret_hash bytea primary key,
    key_id uuid not null references api_keys (id),
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    secret_prefix text not null,
    constraint api_key_secrets_secret_hash_check check (octet_length(secret_hash) = 32)
);

create index api_key_secrets_key_id_idx on api_key_secrets (key_id);
