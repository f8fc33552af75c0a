-- As admit.sql, for several calls of one caller.
select
    call_id, verdict, key_id, user_label, opened_at, input_bound_tokens, output_bound_tokens,
    null::bigint as tool_call_bound, reserved_pico_usd, window_ids, window_amounts, refusal, limit_words, limit_amounts,
    limit_ends
from calls_admit_batch(
    key_hash => $1,
    price_version => $2,
    named_label => $3,
    fallback_label => $4,
    call_model => $5,
    call_tags => $6,
    call_ids => $7,
    call_endpoints => $8,
    call_streams => $9,
    call_service_tiers => $10,
    input_tokens => $11,
    output_tokens => $12,
    fill_tokens => $13,
    choices => $14,
    input_pico_usd => $15,
    output_token_pico_usd => $16,
    seconds_to_settle => $17,
    call_sdks => $18,
    call_providers => $19
)
