-- squawk-ignore-file adding-field-with-default, ban-drop-constraint, constraint-missing-not-valid, disallowed-unique-constraint
-- Constant defaults: no row is written again (docs/adr/0017). In sums, `provider` is null for OpenAI and where a row has no
-- model: all rows from before there were other providers are right as they are.
alter table usage_rollups
    add column provider text collate "C",
    add column cache_write_long_tokens bigint not null default 0,
    add column cached_audio_tokens bigint not null default 0,
    add column image_output_tokens bigint not null default 0;

alter table price_entries
    add column provider text collate "C" not null default 'openai';

alter table price_sums
    add column provider text collate "C";

-- Empty but for errors, so that a new key is short.
alter table usage_rollup_differences
    add column provider text collate "C",
    drop constraint usage_rollup_differences_bucket_at_group_key,
    add constraint usage_rollup_differences_bucket_at_group_key
        unique nulls not distinct (level, cube, user_label, model, key_id, bucket_at, provider);
