-- The ledger: append-only, one row of revision 0 for every call that reached the provider. A later revision
-- corrects it and holds differences, so that plain sums over all rows are always right.
create table usage_logs (
    -- The database's clock when the call was settled, never the caller's or the function's.
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz not null,
    -- Totals as the provider reports them. The disjoint input buckets add up to input_tokens.
    input_tokens bigint not null,
    uncached_tokens bigint not null,
    cached_tokens bigint not null,
    cache_write_tokens bigint not null,
    audio_input_tokens bigint not null,
    output_tokens bigint not null,
    reasoning_tokens bigint not null,
    audio_output_tokens bigint not null,
    -- Tokens of attempts that failed and were tried again: inside the totals above.
    retried_input_tokens bigint not null default 0,
    retried_output_tokens bigint not null default 0,
    -- pico-USD (10^-12 USD). Null is unknown, and never the same as 0.
    cost_pico_usd bigint,
    price_id bigint,
    id uuid not null,
    key_id uuid,
    latency_us integer,
    first_byte_us integer,
    overhead_us integer,
    revision smallint not null default 0,
    http_status smallint,
    attempts smallint not null,
    stream boolean not null,
    overrun boolean not null default false,
    user_label text not null,
    model text not null,
    endpoint text not null,
    status text not null,
    served_model text,
    service_tier text,
    error_code text,
    upstream_request_id text,
    sdk text,
    -- What the status was before this correction, and what it adds to the number of calls of unknown cost.
    corrected_status text,
    unpriced_change smallint not null default 0,
    tags jsonb,
    -- json, not jsonb: the provider's text is kept as it came, and jsonb refuses some legal JSON (\u0000).
    raw_usage json,
    -- No foreign keys: each insert would lock the same few key and price rows. Used rows are never deleted.
    primary key (id, revision, created_at),
    constraint usage_logs_status_check check (status in ('settled', 'estimated', 'failed', 'abandoned')),
    constraint usage_logs_corrected_status_check check ((revision = 0) = (corrected_status is null)),
    constraint usage_logs_input_tokens_check
        check (input_tokens = uncached_tokens + cached_tokens + cache_write_tokens + audio_input_tokens),
    constraint usage_logs_tokens_check check (
        revision > 0
        or (
            least(
                uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
                reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens
            ) >= 0
            and greatest(reasoning_tokens, audio_output_tokens, retried_output_tokens) <= output_tokens
            and retried_input_tokens <= input_tokens
        )
    ),
    constraint usage_logs_cost_pico_usd_check check (revision > 0 or cost_pico_usd >= 0),
    constraint usage_logs_attempts_check check (revision > 0 or attempts >= 0)
) partition by range (created_at);

create index usage_logs_created_at_idx on usage_logs (created_at);

-- Catches what no month's partition holds, so that an insert never fails for want of one.
create table usage_logs_default partition of usage_logs default;
