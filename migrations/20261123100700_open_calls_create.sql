-- Calls in flight: written by admission, deleted by settlement, swept into the ledger when past their deadline.
create table open_calls (
    id uuid primary key,
    opened_at timestamptz not null,
    deadline_at timestamptz not null,
    -- Upper bounds in tokens; a null output bound is one nobody gave.
    input_bound_tokens bigint not null,
    output_bound_tokens bigint,
    -- The price of the bounds in pico-USD; null when the model has no price or the output no bound.
    reserved_pico_usd bigint,
    key_id uuid,
    stream boolean not null,
    user_label text not null,
    model text not null,
    endpoint text not null,
    service_tier text,
    sdk text,
    idempotency_hash bytea,
    tags jsonb,
    constraint open_calls_bounds_check check (
        input_bound_tokens >= 0
        and (output_bound_tokens is null or output_bound_tokens >= 0)
        and (reserved_pico_usd is null or reserved_pico_usd >= 0)
    )
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The same Idempotency-Key, body and caller is in flight at most once.
create unique index open_calls_idempotency_hash_key on open_calls (idempotency_hash)
where idempotency_hash is not null;
