select call_id, key_id, user_label, opened_at
from calls_admit_plain_batch(
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
    input_bound_tokens => $12,
    output_bound_tokens => $13,
    tool_call_bounds => $14,
    reserved_pico_usd => $15,
    seconds_to_settle => $16,
    call_sdks => $17,
    call_providers => $18
)
