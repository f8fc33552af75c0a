-- Dated prices: a row is added, never edited. Rates are pico-USD (10^-12 USD) per token, which is
-- USD per 1M tokens times 1,000,000. A null rate takes the input (or output) rate.
create table model_prices (
    id bigint generated always as identity primary key,
    effective_from timestamptz not null,
    created_at timestamptz not null default clock_timestamp(),
    -- The row applies to calls with strictly more input tokens than this (long-context rates).
    above_input_tokens bigint not null default 0,
    input bigint not null,
    cached_input bigint,
    cache_write bigint,
    output bigint not null,
    audio_input bigint,
    audio_output bigint,
    model text not null,
    service_tier text not null,
    constraint model_prices_model_service_tier_above_effective_from_key
        unique (model, service_tier, above_input_tokens, effective_from),
    constraint model_prices_model_check check (length(model) between 1 and 256),
    constraint model_prices_service_tier_check
        check (service_tier in ('default', 'flex', 'priority', 'scale', 'ultrafast')),
    constraint model_prices_rates_check check (
        above_input_tokens >= 0
        and least(input, cached_input, cache_write, output, audio_input, audio_output) >= 0
    )
);

create table model_aliases (
    alias text primary key,
    model text not null
);

-- A function prices with a book it keeps in memory; admission compares this number and so never uses an old one.
create table price_book (
    singleton boolean primary key default true,
    version bigint not null,
    constraint price_book_singleton_check check (singleton)
);

insert into price_book (version)
values (1);

create function price_book_advance() returns trigger
language plpgsql
as $$
begin
    update price_book set version = version + 1;
    return null;
end
$$;

create trigger model_prices_advance
after insert or update or delete or truncate on model_prices
for each statement execute function price_book_advance();

create trigger model_aliases_advance
after insert or update or delete or truncate on model_aliases
for each statement execute function price_book_advance();
