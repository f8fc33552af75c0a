-- As admit.sql, for calls of any callers under limits that have room for them.
select
    opened_at, key_ids, user_labels, limit_callers, limit_ids, subject_ids, limit_words, window_ids, changed_ids, caps,
    used, reserved, ends_at
from calls_admit_fitting(
    key_hashes => $1,
    price_versions => $2,
    named_labels => $3,
    fallback_labels => $4,
    call_models => $5,
    call_tags => $6,
    call_callers => $7,
    call_ids => $8,
    call_endpoints => $9,
    call_streams => $10,
    call_service_tiers => $11,
    seconds_to_settle => $12,
    call_sdks => $13,
    call_providers => $14,
    input_bounds => $15,
    output_bounds => $16,
    are_filled => $17,
    bound_pico_usd => $18,
    ample_tokens => $19,
    ample_pico_usd => $20
)
