//! What several statements about usage share, by the names they give it.

const NAMES: [(&str, &str); 4] = [
    ("call_columns", CALL_COLUMNS),
    ("call_filter", CALL_FILTER),
    ("query_filter", QUERY_FILTER),
    ("group_columns", GROUP_COLUMNS),
];

/// The columns of `usage_calls` that a [`super::Call`] is read from.
const CALL_COLUMNS: &str = "
    id, created_at, started_at, user_label, key_id, endpoint, model, served_model, service_tier, stream, status,
    http_status, error_code, attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
    reasoning_tokens, cost_pico_usd, price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, tags, sdk,
    fees, audio_input_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens, retried_cost_pico_usd,
    key_name, key_label, provider, cache_write_long_tokens, cached_audio_tokens, image_output_tokens, parts,
    upstream, upstream_cost_pico_usd, table_cost_pico_usd, cost_source, route";

/// Calls that pass a filter, whose values are the first twelve parameters.
const CALL_FILTER: &str = "
    ($1::timestamptz is null or created_at >= $1)
    and ($2::timestamptz is null or created_at < $2)
    and ($3::text[] is null or user_label = any($3))
    and ($4::text[] is null or model = any($4))
    and ($5::uuid[] is null or key_id = any($5))
    and ($6::jsonb is null or not exists (
        select
        from jsonb_each($6) as wanted (name, allowed)
        where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
    ))
    and ($7::text[] is null or status = any($7))
    and ($8::text[] is null or endpoint = any($8))
    and ($9::smallint[] is null or http_status = any($9))
    and ($10::text[] is null or error_code = any($10))
    and ($11::text[] is null or service_tier = any($11))
    and ($12::text[] is null or provider = any($12))";

/// Ledger rows that pass the filter of `query`, whatever their status.
const QUERY_FILTER: &str = "
    (query.user_labels is null or user_label = any(query.user_labels))
    and (query.models is null or model = any(query.models))
    and (query.providers is null or provider = any(query.providers))
    and (query.key_ids is null or key_id = any(query.key_ids))
    and (query.endpoints is null or endpoint = any(query.endpoints))
    and (query.wanted_tags is null or not exists (
        select
        from jsonb_each(query.wanted_tags) as wanted (name, allowed)
        where not coalesce(wanted.allowed ? (tags ->> wanted.name), false)
    ))";

/// Of the columns of `parts`, those that `query` groups by.
const GROUP_COLUMNS: &str = "
    case when 'model' = any(query.dimensions) then model end as model,
    case when 'provider' = any(query.dimensions) then provider end as provider,
    case when 'user_label' = any(query.dimensions) then user_label end as user_label,
    case when 'key' = any(query.dimensions) then key_id end as key_id,
    case when 'endpoint' = any(query.dimensions) then endpoint end as endpoint,
    case when 'status' = any(query.dimensions) then status end as status,
    case
        when cardinality(query.tags) > 0
            then (select jsonb_object_agg(name, parts.tags ->> name) from unnest(query.tags) as name)
    end as tags";

pub(crate) fn names() -> impl Iterator<Item = (&'static str, String)> {
    NAMES.into_iter().map(|(name, text)| (name, text.to_owned()))
}
