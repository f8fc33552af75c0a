//! A call: the route it came in by, how it ended, and what the ledger keeps of it.

mod admission;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

pub use admission::{Admission, Admitted, Bound, Reservations, Verdict};

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

impl CallRecord {
    /// What the call used in tokens and pico-USD, as far as it is known. As `settle.sql` has it: a call that failed at
    /// an unknown cost may have used anything up to its bound.
    pub fn used(&self) -> (Option<i64>, Option<i64>) {
        let is_known = self.status != Status::Failed || self.cost.is_some();
        let tokens = self.usage.input_tokens.saturating_add(self.usage.output_tokens);
        (is_known.then_some(tokens), self.cost.map(PicoUsd::as_pico))
    }
}
