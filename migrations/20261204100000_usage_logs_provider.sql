-- squawk-ignore-file adding-field-with-default
-- Constant defaults: no row is written again. Rows from before there were other providers are OpenAI's.
alter table usage_logs
    -- Who is paid for the call.
    add column provider text not null default 'openai',
    -- Further buckets of input (the first two) and of output, each with a rate of its own.
    add column cache_write_long_tokens bigint not null default 0,
    add column cached_audio_tokens bigint not null default 0,
    add column image_output_tokens bigint not null default 0,
    -- What one answer bills beside its main usage, such as a compaction or an advisor of another model: an array of
    -- objects with `model`, `price_id`, `cost_pico_usd` and token counts, all included in the columns of the call. Null
    -- without any.
    add column parts jsonb;
