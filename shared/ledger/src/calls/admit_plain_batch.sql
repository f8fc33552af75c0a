select call_id, key_id, user_label, opened_at
from calls_admit_plain_batch(
    call_ids => $1,
    key_hashes => $2,
    price_versions => $3,
    named_labels => $4,
    fallback_labels => $5,
    call_models => $6,
    call_endpoints => $7,
    call_streams => $8,
    call_service_tiers => $9,
    input_bound_tokens => $10,
    output_bound_tokens => $11,
    tool_call_bounds => $12,
    reserved_pico_usd => $13,
    seconds_to_settle => $14,
    call_sdks => $15,
    call_tags => $16,
    call_providers => $17
)
