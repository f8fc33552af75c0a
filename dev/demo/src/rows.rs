//! Calls copied into the ledger.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Utc};
use domain::pricing::PriceBook;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

use crate::call::{Call, Ending};
use crate::keys::Keys;

/// Without the columns that only corrections and rare calls use.
const COPY: &str = "copy usage_logs (
    id, created_at, started_at, key_id, user_label, provider, endpoint, model, served_model, service_tier, stream, status,
    http_status, error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
    cache_write_long_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd,
    price_id, latency_us, first_byte_us, overhead_us, upstream_request_id, sdk, tags, raw_usage, retried_cost_pico_usd
) from stdin (format binary)";
const TYPES: [Type; 34] = [
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::TEXT,
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
    Type::TEXT,
    Type::JSONB,
    Type::JSON,
    Type::INT8,
];

/// Writes the calls with the prices of this book.
pub(crate) async fn copy(
    client: &Client,
    calls: &[Call],
    book: &PriceBook,
    keys: &Keys,
) -> anyhow::Result<u64> {
    let sink = client.copy_in(COPY).await?;
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &TYPES));
    for call in calls {
        let row = Row::of(call, book, keys)?;
        writer.as_mut().write(&row.values()).await?;
    }
    Ok(writer.finish().await?)
}

struct Row<'a> {
    call: &'a Call,
    key_id: Uuid,
    provider: String,
    endpoint: &'static str,
    ending: (&'static str, Option<i16>, Option<&'static str>),
    served: Option<&'static str>,
    uncached_tokens: i64,
    cost: Option<i64>,
    price_id: Option<i64>,
    latency_us: Option<i32>,
    first_byte_us: Option<i32>,
    overhead_us: Option<i32>,
    request_id: Option<String>,
    tags: Option<JsonText>,
    raw_usage: Option<JsonText>,
    sdk: &'static str,
}

impl<'a> Row<'a> {
    fn of(call: &'a Call, book: &PriceBook, keys: &Keys) -> anyhow::Result<Self> {
        let is_failed = matches!(call.ending, Ending::Failed(..));
        let quote = if is_failed { None } else { call.quote(book) };
        // Swept by maintenance: no function measured it or knows its price.
        let is_swept = call.ending == Ending::Abandoned;
        let measured = |micros| (!is_swept).then_some(micros);
        let is_answered = call.served().is_some();
        let vendor = call.model.vendor;
        let application = &call.application;
        Ok(Self {
            call,
            key_id: keys.id_of(application.key)?,
            provider: vendor.provider().to_string(),
            endpoint: vendor.endpoint(application.output_tokens == 0.0),
            ending: (call.ending.status(), call.ending.http_status(), call.ending.error_code()),
            served: call.served(),
            uncached_tokens: call.usage.uncached_tokens(),
            cost: if is_failed { Some(0) } else { quote.as_ref().map(|quote| quote.cost.as_pico()) },
            price_id: quote.filter(|_| !is_swept).map(|quote| quote.price_id),
            latency_us: measured(call.latency_us()),
            first_byte_us: is_answered.then_some(call.first_byte_us),
            overhead_us: measured(call.overhead_us),
            request_id: measured(0).map(|_| vendor.request_id(call.request_id)),
            tags: (call.has_tags || application.team == "support").then(|| tags(call)),
            raw_usage: (call.ending == Ending::Settled).then(|| JsonText(vendor.raw_usage(&call.usage))),
            sdk: vendor.sdk(application.team == "support"),
        })
    }

    fn values(&self) -> [&(dyn ToSql + Sync); 34] {
        let Call { id, created_at, started_at, application, model, usage, attempts, stream, .. } = self.call;
        let (created_at, started_at): (&DateTime<Utc>, &DateTime<Utc>) = (created_at, started_at);
        [
            id,
            created_at,
            started_at,
            &self.key_id,
            &application.label,
            &self.provider,
            &self.endpoint,
            &model.requested,
            &self.served,
            &"default",
            stream,
            &self.ending.0,
            &self.ending.1,
            &self.ending.2,
            attempts,
            &usage.input_tokens,
            &self.uncached_tokens,
            &usage.cached_tokens,
            &usage.cache_write_tokens,
            &usage.cache_write_long_tokens,
            &usage.audio_input_tokens,
            &usage.output_tokens,
            &usage.reasoning_tokens,
            &usage.audio_output_tokens,
            &self.cost,
            &self.price_id,
            &self.latency_us,
            &self.first_byte_us,
            &self.overhead_us,
            &self.request_id,
            &self.sdk,
            &self.tags,
            &self.raw_usage,
            // No attempt that was tried again reported tokens.
            &0_i64,
        ]
    }
}

fn tags(call: &Call) -> JsonText {
    let team = call.application.team;
    let environment = if call.request_id.is_multiple_of(7) { "staging" } else { "prod" };
    JsonText(format!(r#"{{"team":"{team}","env":"{environment}"}}"#))
}

/// JSON that is text already.
#[derive(Debug)]
struct JsonText(String);

impl ToSql for JsonText {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if *ty == Type::JSONB {
            // The version of the format.
            out.put_u8(1);
        }
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    accepts!(JSON, JSONB);

    to_sql_checked!();
}
