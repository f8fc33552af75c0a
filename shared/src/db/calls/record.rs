//! One row of the ledger as a function writes it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio_postgres::types::{Json, ToSql, Type};
use uuid::Uuid;

use crate::ids::{CallId, KeyId};
use crate::money::PicoUsd;
use crate::usage::Usage;

/// The route a call came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    LlmChat,
    ChatCompletions,
    Responses,
    Embeddings,
}

impl Endpoint {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LlmChat => "llm.chat",
            Self::ChatCompletions => "chat.completions",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With the provider's own token counts.
    Settled,
    /// Answered, but the provider's counts never came: the tokens are our upper bound.
    Estimated,
    /// The caller got no usable answer.
    Failed,
    /// Nobody settled it before its deadline. Written by the sweeper alone.
    Abandoned,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Estimated => "estimated",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// Everything the ledger keeps of a call. Prompts and answers are not among it.
#[derive(Debug, Clone)]
pub struct CallRecord {
    pub id: CallId,
    pub started_at: DateTime<Utc>,
    pub key_id: Option<KeyId>,
    pub user_label: String,
    pub endpoint: Endpoint,
    /// As asked for.
    pub model: String,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub stream: bool,
    pub status: Status,
    /// What the provider answered; `None` where it never did.
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub attempts: u32,
    /// Of all attempts together.
    pub usage: Usage,
    /// The part of `usage` that failed attempts reported.
    pub retried: Usage,
    /// `None` is unknown, never free.
    pub cost: Option<PicoUsd>,
    /// The part of `cost` that failed attempts came to.
    pub retried_cost: Option<PicoUsd>,
    pub price_id: Option<i64>,
    pub latency: Duration,
    /// From the start of the call to the first byte of the answer's body.
    pub first_byte: Option<Duration>,
    /// Our own time, the provider's excluded.
    pub overhead: Duration,
    pub upstream_request_id: Option<String>,
    pub tags: Option<Value>,
    pub sdk: Option<String>,
    /// The provider's usage object as it came.
    pub raw_usage: Option<Box<RawValue>>,
    /// Beyond its upper bound, in money or in tokens.
    pub overrun: bool,
}

/// Longest text kept of a name the provider or the caller chose.
const MAX_NAME_CHARS: usize = 256;
const MAX_RAW_USAGE_BYTES: usize = 8 * 1024;

/// The types of `settle.sql` and `settle_late.sql`, in their order.
pub(in crate::db) const SETTLE_TYPES: &[Type] = &[
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
];

/// The record as database values.
pub(super) struct Values<'a>([Box<dyn ToSql + Sync + Send + 'a>; SETTLE_TYPES.len()]);

impl Values<'_> {
    pub(super) fn params(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.0
            .iter()
            .zip(SETTLE_TYPES)
            .map(|(value, of_type)| (&**value as &(dyn ToSql + Sync), of_type.clone()))
            .collect()
    }
}

impl CallRecord {
    /// What the call used in tokens and pico-USD, as far as it is known. As `settle.sql` has it: a call that failed at
    /// an unknown cost may have used anything up to its bound.
    pub(super) fn used(&self) -> (Option<i64>, Option<i64>) {
        let is_known = self.status != Status::Failed || self.cost.is_some();
        let tokens = self.usage.input_tokens.saturating_add(self.usage.output_tokens);
        (is_known.then_some(tokens), self.cost.map(PicoUsd::as_pico))
    }

    pub(super) fn values(&self) -> Values<'_> {
        let raw_usage =
            self.raw_usage.as_deref().filter(|raw| raw.get().len() <= MAX_RAW_USAGE_BYTES).map(Json);
        Values([
            Box::new(self.id.as_uuid()),
            Box::new(self.started_at),
            Box::new(self.key_id.map(KeyId::as_uuid) as Option<Uuid>),
            Box::new(self.user_label.as_str()),
            Box::new(self.endpoint.as_str()),
            Box::new(self.model.as_str()),
            Box::new(self.served_model.as_deref().map(storable)),
            Box::new(self.service_tier.as_deref().map(storable)),
            Box::new(self.stream),
            Box::new(self.status.as_str()),
            Box::new(self.http_status.and_then(|status| i16::try_from(status).ok())),
            Box::new(self.error_code.as_deref().map(storable)),
            Box::new(i16::try_from(self.attempts).unwrap_or(i16::MAX)),
            Box::new(self.usage.input_tokens),
            Box::new(self.usage.cached_tokens),
            Box::new(self.usage.cache_write_tokens),
            Box::new(self.usage.audio_input_tokens),
            Box::new(self.usage.output_tokens),
            Box::new(self.usage.reasoning_tokens),
            Box::new(self.usage.audio_output_tokens),
            Box::new(self.retried.input_tokens),
            Box::new(self.retried.output_tokens),
            Box::new(self.cost.map(PicoUsd::as_pico)),
            Box::new(self.price_id),
            Box::new(micros(self.latency)),
            Box::new(self.first_byte.map(micros)),
            Box::new(micros(self.overhead)),
            Box::new(self.upstream_request_id.as_deref().map(storable)),
            Box::new(&self.tags),
            Box::new(self.sdk.as_deref().map(storable)),
            Box::new(raw_usage),
            Box::new(self.overrun),
            Box::new(self.retried_cost.map(PicoUsd::as_pico)),
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
