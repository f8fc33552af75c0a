-- A rotation: one secret besides the new one lives on for the grace period. A grace period never extends a secret that
-- ends sooner.
with now_at as (
    select clock_timestamp() as at
),
kept as (
    select s.secret_hash
    from api_key_secrets s
    cross join now_at
    where s.key_id = $1 and (s.expires_at is null or s.expires_at > now_at.at)
    order by s.secret_hash = $3 desc nulls last, s.expires_at is null desc, s.created_at desc
    limit 1
),
retired as (
    update api_key_secrets s
    set
        expires_at = least(
            s.expires_at,
            case
                when s.secret_hash = (select kept.secret_hash from kept) then now_at.at + make_interval(secs => $2)
                else now_at.at
            end
        )
    from now_at
    where s.key_id = $1 and (s.expires_at is null or s.expires_at > now_at.at)
)
update api_keys
set version = version + 1
where id = $1
