-- The version is what `If-Match` compares: it changes with what an administrator changes, and not with last_used_at.
alter table api_keys
    add column version bigint not null default 1;

-- Digest of the request that made the secret, where it came with an Idempotency-Key: a repeat of another request under
-- the same key is told so.
alter table api_key_secrets
    add column request_hash bytea;

-- A key as administrators see it. Secrets that still work until their grace ends are listed beside the newest one.
create view api_key_details as
select
    k.id, k.created_at, k.last_used_at, k.expires_at, k.revoked_at, k.version, k.name, k.user_label, k.scopes, k.models,
    case
        when k.revoked_at is not null then 'revoked'
        when k.expires_at <= clock_timestamp() then 'expired'
        else 'active'
    end as status,
    newest.secret_prefix,
    array(
        select s.secret_prefix
        from api_key_secrets s
        where s.key_id = k.id and s.expires_at > clock_timestamp()
        order by s.expires_at, s.secret_prefix
    ) as retiring_prefixes,
    array(
        select s.expires_at
        from api_key_secrets s
        where s.key_id = k.id and s.expires_at > clock_timestamp()
        order by s.expires_at, s.secret_prefix
    ) as retiring_at
from api_keys k
left join lateral (
    -- All but the newest secret have an end.
    select s.secret_prefix
    from api_key_secrets s
    where s.key_id = k.id
    order by s.expires_at is null desc, s.created_at desc
    limit 1
) newest on true;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant select on api_key_details to tokenmeter_admin;
    end if;
end
$$;
