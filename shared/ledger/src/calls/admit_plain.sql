select key_id, user_label, opened_at
from calls_admit_plain(
    key_hash => $1,
    price_version => $2,
    named_label => $3,
    fallback_label => $4,
    call_model => $5,
    call_tags => $6,
    call_id => $7,
    call_endpoint => $8,
    call_stream => $9,
    call_service_tier => $10,
    input_bound_tokens => $11,
    output_bound_tokens => $12,
    tool_call_bound => $13,
    reserved_pico_usd => $14,
    seconds_to_settle => $15,
    call_sdk => $16,
    call_provider => $17
)
