-- A key as administrators see it. Secrets that still work until their grace period ends are listed beside the newest
-- one.
create or replace view api_key_details as
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
