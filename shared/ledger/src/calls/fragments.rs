//! What both settlements share, by the names they give it.

/// Names the parameters, whose types are [`super::record::TYPES`].
const CALL_RECORD: &str = "select
    $1::uuid as id, $2::timestamptz as started_at, $3::uuid as key_id, $4::text as user_label,
    $5::text as endpoint, $6::text as model, $7::text as served_model, $8::text as service_tier,
    $9::boolean as stream, $10::text as status, $11::smallint as http_status, $12::text as error_code,
    $13::smallint as attempts, $14::bigint as input_tokens, $15::bigint as cached_tokens,
    $16::bigint as cache_write_tokens, $17::bigint as audio_input_tokens, $18::bigint as output_tokens,
    $19::bigint as reasoning_tokens, $20::bigint as audio_output_tokens, $21::bigint as retried_input_tokens,
    $22::bigint as retried_output_tokens, $23::bigint as cost_pico_usd, $24::bigint as price_id,
    $25::integer as latency_us, $26::integer as first_byte_us, $27::integer as overhead_us,
    $28::text as upstream_request_id, $29::jsonb as tags, $30::text as sdk, $31::json as raw_usage,
    $32::boolean as overrun, $33::bigint as retried_cost_pico_usd,
    $34::jsonb as fees, $35::text as provider, $36::bigint as cache_write_long_tokens,
    $37::bigint as cached_audio_tokens, $38::bigint as image_output_tokens, $39::jsonb as parts,
    $40::text as upstream, $41::bigint as upstream_cost_pico_usd, $42::bigint as table_cost_pico_usd,
    $43::text as cost_source, $44::jsonb as route";

/// The columns of `usage_logs` that a call's first row fills, the call's id first.
const RECORDED_COLUMNS: &str = "
    id, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status, http_status,
    error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
    output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens,
    cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk, raw_usage,
    overrun, retried_cost_pico_usd, fees, provider, cache_write_long_tokens, cached_audio_tokens,
    image_output_tokens, parts, upstream, upstream_cost_pico_usd, table_cost_pico_usd, cost_source,
    route";

/// The values of [`RECORDED_COLUMNS`] behind the id.
const RECORDED_VALUES: &str = "
    call.started_at, call.key_id, call.user_label, call.endpoint, call.model, call.served_model,
    call.service_tier, call.stream, call.status, call.http_status, call.error_code, call.attempts,
    call.input_tokens,
    call.input_tokens - call.cached_tokens - call.cache_write_tokens - call.cache_write_long_tokens
        - call.audio_input_tokens - call.cached_audio_tokens,
    call.cached_tokens, call.cache_write_tokens, call.audio_input_tokens, call.output_tokens,
    call.reasoning_tokens, call.audio_output_tokens, call.retried_input_tokens, call.retried_output_tokens,
    call.cost_pico_usd, call.price_id, call.latency_us, call.first_byte_us, call.overhead_us,
    call.upstream_request_id, call.tags, call.sdk, call.raw_usage, call.overrun, call.retried_cost_pico_usd,
    call.fees, call.provider, call.cache_write_long_tokens, call.cached_audio_tokens, call.image_output_tokens,
    call.parts, call.upstream, call.upstream_cost_pico_usd, call.table_cost_pico_usd, call.cost_source,
    call.route";

pub(crate) fn names() -> [(&'static str, String); 3] {
    [
        ("call_record", CALL_RECORD.to_owned()),
        ("recorded_columns", RECORDED_COLUMNS.to_owned()),
        ("recorded_values", RECORDED_VALUES.to_owned()),
    ]
}
