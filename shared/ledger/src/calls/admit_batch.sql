-- As admit.sql, for several calls of one caller, each of whose values comes as an array of one.
select
    call_id, verdict, key_id, user_label, opened_at, input_bound_tokens, output_bound_tokens,
    null::bigint as tool_call_bound, reserved_pico_usd, window_ids, window_amounts, refusal, limit_words, limit_amounts,
    limit_ends
from calls_admit_batch(
    key_hash => ($1)[1],
    price_version => ($2)[1],
    named_label => ($3)[1],
    fallback_label => ($4)[1],
    call_model => ($5)[1],
    call_tags => ($6)[1],
    call_ids => $7,
    call_endpoints => $8,
    call_streams => $9,
    call_service_tiers => $10,
    seconds_to_settle => $11,
    call_sdks => $12,
    call_providers => $13,
    input_tokens => $14,
    output_tokens => $15,
    fill_tokens => $16,
    choices => $17,
    input_pico_usd => $18,
    output_token_pico_usd => $19
)
