//! A call record as the values of a ledger row.

use std::time::Duration;

use domain::calls::{BilledPart, CallRecord, RoutedCall};
use domain::ids::KeyId;
use domain::money::PicoUsd;
use domain::words::Word;
use tokio_postgres::types::{Json, ToSql, Type};
use uuid::Uuid;

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

/// The record as database values.
pub(super) struct RecordValues<'a>([Box<dyn ToSql + Sync + Send + 'a>; TYPES.len()]);

impl RecordValues<'_> {
    pub(super) fn values(&self) -> [&(dyn ToSql + Sync); TYPES.len()] {
        self.0.each_ref().map(|value| &**value as &(dyn ToSql + Sync))
    }
}

impl<'a> RecordValues<'a> {
    pub(super) fn of(record: &'a CallRecord) -> Self {
        let raw_usage =
            record.raw_usage.as_deref().filter(|raw| raw.get().len() <= MAX_RAW_USAGE_BYTES).map(Json);
        Self([
            Box::new(record.id.as_uuid()),
            Box::new(record.started_at),
            Box::new(record.key_id.map(KeyId::as_uuid) as Option<Uuid>),
            Box::new(record.user_label.as_str()),
            Box::new(record.endpoint.as_str()),
            Box::new(record.model.as_str()),
            Box::new(record.served_model.as_deref().map(storable)),
            Box::new(record.service_tier.as_deref().map(storable)),
            Box::new(record.stream),
            Box::new(record.status.as_str()),
            Box::new(record.http_status.and_then(|status| i16::try_from(status).ok())),
            Box::new(record.error_code.as_deref().map(storable)),
            Box::new(i16::try_from(record.attempts).unwrap_or(i16::MAX)),
            Box::new(record.usage.input_tokens),
            Box::new(record.usage.cached_tokens),
            Box::new(record.usage.cache_write_tokens),
            Box::new(record.usage.audio_input_tokens),
            Box::new(record.usage.output_tokens),
            Box::new(record.usage.reasoning_tokens),
            Box::new(record.usage.audio_output_tokens),
            Box::new(record.retried.input_tokens),
            Box::new(record.retried.output_tokens),
            Box::new(record.cost.map(PicoUsd::as_pico)),
            Box::new(record.price_id),
            Box::new(micros(record.latency)),
            Box::new(record.first_byte.map(micros)),
            Box::new(micros(record.overhead)),
            Box::new(record.upstream_request_id.as_deref().map(storable)),
            Box::new(&record.tags),
            Box::new(record.sdk.as_deref().map(storable)),
            Box::new(raw_usage),
            Box::new(record.overrun),
            Box::new(record.retried_cost.map(PicoUsd::as_pico)),
            Box::new(record.fees.stored()),
            Box::new(record.provider.as_str()),
            Box::new(record.usage.cache_write_long_tokens),
            Box::new(record.usage.cached_audio_tokens),
            Box::new(record.usage.image_output_tokens),
            Box::new(BilledPart::stored(&record.parts)),
            Box::new(record.upstream.as_deref()),
            Box::new(record.stated_cost.stated.map(PicoUsd::as_pico)),
            Box::new(record.stated_cost.table.map(PicoUsd::as_pico)),
            Box::new(record.stated_cost.source.stored()),
            Box::new(record.route.as_ref().map(RoutedCall::stored)),
        ])
    }
}

fn micros(duration: Duration) -> i32 {
    i32::try_from(duration.as_micros()).unwrap_or(i32::MAX)
}

/// Text that Postgres can hold: no control characters (it refuses NUL), and of bounded length.
fn storable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()
}
