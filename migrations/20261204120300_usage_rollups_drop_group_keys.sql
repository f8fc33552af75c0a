-- The keys without a provider: models of one name at two providers would be one row.
-- squawk-ignore-file ban-drop-constraint
alter table usage_rollups
    drop constraint usage_rollups_level_cube_user_label_bucket_at_model_key_id_key;

alter table price_sums
    drop constraint price_sums_level_bucket_at_user_label_model_key_id_key;
