-- A function rather than a statement: it locks rows and then reads them as they are, which one statement cannot.
select
    verdict, key_id, user_label, opened_at, input_bound_tokens, output_bound_tokens, tool_call_bound, reserved_pico_usd,
    window_ids, window_amounts, limits, refusal
from calls_admit(
    call_id => $1,
    key_hash => $2,
    price_version => $3,
    named_label => $4,
    fallback_label => $5,
    call_model => $6,
    call_endpoint => $7,
    call_stream => $8,
    call_service_tier => $9,
    input_tokens => $10,
    output_tokens => $11,
    fill_tokens => $12,
    choices => $13,
    input_pico_usd => $14,
    output_token_pico_usd => $15,
    unbounded => $16,
    seconds_to_settle => $17,
    call_sdk => $18,
    call_tags => $19,
    call_idempotency_hash => $20,
    tool_call_tokens => $21,
    tool_call_pico_usd => $22,
    tool_calls => $23,
    fill_tool_calls => $24,
    is_model_known => $25,
    typical_tokens => $26,
    typical_pico_usd => $27,
    call_provider => $28
)
