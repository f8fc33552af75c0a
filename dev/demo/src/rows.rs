//! Calls copied into the ledger.

use chrono::{DateTime, Utc};
use domain::pricing::PriceBook;
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::call::{Call, Ending};
use crate::keys::Keys;

/// Without the columns that only corrections and rare calls use.
const COPY: &str = "copy usage_logs (
    id, created_at, started_at, key_id, user_label, endpoint, model, served_model, service_tier, stream, status,
    http_status, error_code, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
    audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd, price_id, latency_us,
    first_byte_us, overhead_us, upstream_request_id, sdk, tags, raw_usage, retried_cost_pico_usd
) from stdin (format binary)";
const TYPES: [Type; 32] = [
    Type::UUID,
    Type::TIMESTAMPTZ,
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
    tags: Option<Value>,
    raw_usage: Option<Value>,
    sdk: &'static str,
}

impl<'a> Row<'a> {
    fn of(call: &'a Call, book: &PriceBook, keys: &Keys) -> anyhow::Result<Self> {
        let quote = call.quote(book).filter(|_| !matches!(call.ending, Ending::Failed(..)));
        // Swept by maintenance: no function measured it or knows its price.
        let is_swept = call.ending == Ending::Abandoned;
        let measured = |micros| (!is_swept).then_some(micros);
        let is_answered = call.served().is_some();
        let tags = json!({
            "team": call.application.team,
            "env": if call.request_id.is_multiple_of(7) { "staging" } else { "prod" },
        });
        Ok(Self {
            call,
            key_id: keys.id_of(call.application.key)?,
            endpoint: if call.application.output_tokens == 0.0 { "embeddings" } else { "chat.completions" },
            ending: (call.ending.status(), call.ending.http_status(), call.ending.error_code()),
            served: call.served(),
            uncached_tokens: call.usage.uncached_tokens(),
            cost: call.cost(book),
            price_id: quote.filter(|_| !is_swept).map(|quote| quote.price_id),
            latency_us: measured(call.latency_us()),
            first_byte_us: is_answered.then_some(call.first_byte_us),
            overhead_us: measured(call.overhead_us),
            request_id: measured(0).map(|_| format!("req_{:032x}", call.request_id)),
            tags: (call.has_tags || call.application.team == "support").then_some(tags),
            raw_usage: (call.ending == Ending::Settled).then(|| raw_usage(call)),
            sdk: if call.application.team == "support" { "js/6.10.0" } else { "python/2.8.1" },
        })
    }

    fn values(&self) -> [&(dyn ToSql + Sync); 32] {
        let Call { id, created_at, started_at, application, model, usage, attempts, stream, .. } = self.call;
        let (created_at, started_at): (&DateTime<Utc>, &DateTime<Utc>) = (created_at, started_at);
        [
            id,
            created_at,
            started_at,
            &self.key_id,
            &application.label,
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

fn raw_usage(call: &Call) -> Value {
    let usage = &call.usage;
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens(),
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens, "audio_tokens": 0},
    })
}
