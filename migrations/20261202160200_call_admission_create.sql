-- What `calls_admit` returns. A type, since Postgres reads a function's own output columns from its catalogue for each call.
create type call_admission as (
    verdict text,
    key_id uuid,
    user_label text,
    opened_at timestamptz,
    input_bound_tokens bigint,
    output_bound_tokens bigint,
    tool_call_bound bigint,
    reserved_pico_usd bigint,
    -- The windows of the limits that apply, in lock order.
    window_ids bigint[],
    window_amounts bigint[],
    limits jsonb,
    -- The limit that refused the call.
    refusal jsonb
);
