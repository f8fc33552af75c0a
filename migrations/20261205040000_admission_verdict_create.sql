-- What `calls_admit` returns: as `call_admission`, with the limits as arrays.
create type admission_verdict as (
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
    -- As the previous release reads them.
    limits jsonb,
    -- The limit that refused the call.
    refusal jsonb,
    -- See limit_windows_lock.
    limit_words text[],
    limit_amounts bigint[],
    limit_ends timestamptz[]
);
