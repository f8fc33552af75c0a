-- Small tables: a scan or a new key under a lock is short.
-- squawk-ignore-file adding-field-with-default, ban-drop-constraint, constraint-missing-not-valid, disallowed-unique-constraint, adding-serial-primary-key-field
-- The same model has another price at another provider, so prices, aliases, limits and fees are found by both.
alter table model_prices
    add column provider text not null default 'openai',
    -- Null takes the next more general rate: that of cache writes, of audio, of output.
    add column cache_write_long bigint,
    add column cached_audio_input bigint,
    add column image_output bigint,
    -- When somebody should compare the row with the provider's page: an announced change, or a figure of one source.
    add column review_on date,
    drop constraint model_prices_model_service_tier_above_effective_from_key,
    add constraint model_prices_provider_model_tier_above_effective_from_key
        unique (provider, model, service_tier, above_input_tokens, effective_from),
    add constraint model_prices_provider_check check (provider ~ '^[a-z][a-z0-9-]{0,31}$'),
    -- A tier is what decides the rates beside model and length (docs/adr/0017).
    drop constraint model_prices_service_tier_check,
    add constraint model_prices_service_tier_check check (
        service_tier in (
            'default', 'flex', 'priority', 'scale', 'ultrafast', 'batch', 'peak', 'fast', 'us', 'fast-us'
        )
    ),
    drop constraint model_prices_rates_check,
    add constraint model_prices_rates_check check (
        above_input_tokens >= 0
        and least(
            input, cached_input, cache_write, cache_write_long, output, audio_input, cached_audio_input, audio_output,
            image_output
        ) >= 0
    );

alter table withdrawn_prices
    add column provider text not null default 'openai',
    add column cache_write_long bigint,
    add column cached_audio_input bigint,
    add column image_output bigint,
    add column review_on date;

alter table price_revisions
    add column provider text not null default 'openai';

alter table model_aliases
    add column provider text not null default 'openai',
    drop constraint model_aliases_pkey,
    add constraint model_aliases_pkey primary key (provider, alias);

alter table model_limits
    add column provider text not null default 'openai',
    drop constraint model_limits_pkey,
    add constraint model_limits_pkey primary key (provider, model, effective_from);

alter table tool_fees
    add column provider text not null default 'openai',
    drop constraint tool_fees_pkey,
    add constraint tool_fees_pkey primary key (provider, tool, model, effective_from);
