-- Admission: the key, its scope, label and models, and the row of the call in flight, in one round trip.
with quiet as materialized (
    -- A lost admission is made good by settlement, which is always durable; so this commit need not wait for the disk.
    select set_config('synchronous_commit', 'off', true)
),
caller as (
    select k.id, k.user_label, k.scopes, k.models, k.last_used_at
    from api_key_secrets s
    join api_keys k on k.id = s.key_id
    where s.secret_hash = $2
        and (s.expires_at is null or s.expires_at > clock_timestamp())
        and (k.expires_at is null or k.expires_at > clock_timestamp())
        and k.revoked_at is null
),
verdict as (
    select
        case
            when $2 is not null and c.id is null then 'invalid_api_key'
            when not (c.scopes && array['chat', 'admin']) then 'scope_missing'
            when c.user_label <> $4 then 'label_not_allowed'
            when c.models is not null and not exists (
                select
                from unnest(c.models) as glob
                where $6 like replace(replace(replace(glob, '\', '\\'), '_', '\_'), '*', '%')
            ) then 'model_not_allowed'
            when b.version <> $3 then 'stale_prices'
            when exists (select from open_calls o where o.idempotency_hash = $16 and o.id <> $1)
                then 'idempotency_in_progress'
            else 'admitted'
        end as verdict,
        c.id as key_id,
        coalesce(c.user_label, $4, $5, 'unlabelled') as user_label,
        c.last_used_at
    from quiet
    cross join price_book b
    left join caller c on true
),
opened as (
    insert into open_calls (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, reserved_pico_usd, key_id, stream,
        user_label, model, endpoint, service_tier, sdk, idempotency_hash, tags
    )
    select
        $1, clock_timestamp(), clock_timestamp() + make_interval(secs => $13), $10, $11, $12, v.key_id, $8,
        v.user_label, $6, $7, $9, $14, $16, $15
    from verdict v
    where v.verdict = 'admitted'
    -- Repeated over a new connection, the same call is admitted once.
    on conflict (id) do nothing
),
touched as (
    -- At most one write a minute and key, and nobody waits for it.
    update api_keys
    set last_used_at = clock_timestamp()
    where id = (
        select k.id
        from verdict v
        join api_keys k on k.id = v.key_id
        where v.verdict = 'admitted'
            and (v.last_used_at is null or v.last_used_at < clock_timestamp() - interval '1 minute')
        for update of k skip locked
    )
)
select v.verdict, v.key_id, v.user_label, clock_timestamp() as opened_at
from verdict v
