select key_id, user_label, opened_at
from calls_admit_plain(
    call_id => $1,
    key_hash => $2,
    price_version => $3,
    named_label => $4,
    fallback_label => $5,
    call_model => $6,
    call_endpoint => $7,
    call_stream => $8,
    call_service_tier => $9,
    input_bound_tokens => $10,
    output_bound_tokens => $11,
    tool_call_bound => $12,
    reserved_pico_usd => $13,
    seconds_to_settle => $14,
    call_sdk => $15,
    call_tags => $16,
    call_provider => $17
)
