//! A call record as the values of a ledger row.

use std::time::Duration;

use domain::calls::{BilledPart, CallRecord, RoutedCall};
use domain::ids::KeyId;
use domain::money::PicoUsd;
use domain::words::Word;
use tokio_postgres::types::{Json, Type};

use crate::DbError;
use crate::statement::EncodedRow;

/// Longest stored name that the provider or the caller chose.
const MAX_NAME_CHARS: usize = 256;
const MAX_RAW_USAGE_BYTES: usize = 8 * 1024;

/// The types of `settle.sql` and `settle_late.sql`, in their order.
pub(super) const TYPES: &[Type] = &[
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::INT2,
    Type::TEXT,
    Type::INT2,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::TEXT,
    Type::JSONB,
    Type::TEXT,
    Type::JSON,
    Type::BOOL,
    Type::INT8,
    Type::JSONB,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::JSONB,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::JSONB,
];

/// The types of `settle_batch.sql`: arrays of the others.
pub(super) const ARRAY_TYPES: &[Type] = &[
    Type::UUID_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::UUID_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::BOOL_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT2_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT2_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT4_ARRAY,
    Type::INT4_ARRAY,
    Type::INT4_ARRAY,
    Type::TEXT_ARRAY,
    Type::JSONB_ARRAY,
    Type::TEXT_ARRAY,
    Type::JSON_ARRAY,
    Type::BOOL_ARRAY,
    Type::INT8_ARRAY,
    Type::JSONB_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::JSONB_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::TEXT_ARRAY,
    Type::JSONB_ARRAY,
];

/// The record as a ledger row.
pub(super) fn encoded(record: &CallRecord) -> Result<EncodedRow, DbError> {
    let raw_usage =
        record.raw_usage.as_deref().filter(|raw| raw.get().len() <= MAX_RAW_USAGE_BYTES).map(Json);
    EncodedRow::of(
        TYPES,
        &[
            &record.id.as_uuid(),
            &record.started_at,
            &record.key_id.map(KeyId::as_uuid),
            &record.user_label.as_str(),
            &record.endpoint.as_str(),
            &record.model.as_str(),
            &record.served_model.as_deref().map(storable),
            &record.service_tier.as_deref().map(storable),
            &record.stream,
            &record.status.as_str(),
            &record.http_status.and_then(|status| i16::try_from(status).ok()),
            &record.error_code.as_deref().map(storable),
            &i16::try_from(record.attempts).unwrap_or(i16::MAX),
            &record.usage.input_tokens,
            &record.usage.cached_tokens,
            &record.usage.cache_write_tokens,
            &record.usage.audio_input_tokens,
            &record.usage.output_tokens,
            &record.usage.reasoning_tokens,
            &record.usage.audio_output_tokens,
            &record.retried.input_tokens,
            &record.retried.output_tokens,
            &record.cost.map(PicoUsd::as_pico),
            &record.price_id,
            &micros(record.latency),
            &record.first_byte.map(micros),
            &micros(record.overhead),
            &record.upstream_request_id.as_deref().map(storable),
            &record.tags,
            &record.sdk.as_deref().map(storable),
            &raw_usage,
            &record.overrun,
            &record.retried_cost.map(PicoUsd::as_pico),
            &record.fees.stored(),
            &record.provider.as_str(),
            &record.usage.cache_write_long_tokens,
            &record.usage.cached_audio_tokens,
            &record.usage.image_output_tokens,
            &BilledPart::stored(&record.parts),
            &record.upstream.as_deref(),
            &record.stated_cost.stated.map(PicoUsd::as_pico),
            &record.stated_cost.table.map(PicoUsd::as_pico),
            &record.stated_cost.source.stored(),
            &record.route.as_ref().map(RoutedCall::stored),
        ],
    )
}

fn micros(duration: Duration) -> i32 {
    i32::try_from(duration.as_micros()).unwrap_or(i32::MAX)
}

/// Text that Postgres can hold: no control characters (it refuses NUL), and of bounded length.
fn storable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()
}
