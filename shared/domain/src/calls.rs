//! A call: its endpoint, how it ended, and what the ledger records of it.

mod admission;
mod background;
mod content;
mod ending;
mod endpoint;
mod largest;
mod objects;
mod parts;
mod record;
mod request;
mod route;
mod stated_cost;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use strum::{IntoStaticStr, VariantArray};

pub use admission::{Admission, Admitted, Bound, Reservations, ToolBound, UnboundedParts, Verdict};
pub use background::BackgroundCall;
pub use content::RequestContent;
pub use ending::{CallEnding, CallExchange, CallOutcome, SeenAnswer};
pub use endpoint::{Endpoint, Wire};
pub use objects::{NamedIds, ObjectClaim, ObjectOwner, StoredResponse};
pub use parts::{BilledPart, CallPart};
pub(crate) use record::NOT_BILLED;
pub use record::record;
pub use request::CallRequest;
pub use route::{RouteTry, RoutedCall};
pub use stated_cost::{CostSource, StatedCost};

use crate::ids::{CallId, KeyId};
use crate::money::PicoUsd;
use crate::pricing::Fees;
use crate::provider::Provider;
use crate::usage::Usage;

crate::word_schemas!(Endpoint, Status, Wire);

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Status {
    /// Responded to, with the provider's own token counts.
    Settled,
    /// Responded to without token counts of the provider: the tokens are our upper bound.
    Estimated,
    /// The caller got no usable response.
    Failed,
    /// Not settled before its deadline. Only the sweeper writes it.
    Abandoned,
}

/// Everything the ledger records of a call. It never contains prompts or responses.
#[derive(Debug, Clone)]
pub struct CallRecord {
    pub id: CallId,
    pub started_at: DateTime<Utc>,
    pub key_id: Option<KeyId>,
    pub user_label: String,
    pub endpoint: Endpoint,
    pub provider: Provider,
    /// The registered upstream that answered; `None` is a provider of the environment.
    pub upstream: Option<String>,
    /// As requested.
    pub model: String,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub stream: bool,
    pub status: Status,
    /// The provider's status; `None` if it never responded.
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub attempts: u32,
    /// The sum of all attempts.
    pub usage: Usage,
    /// The part of `usage` that failed attempts reported.
    pub retried: Usage,
    /// The part of `usage` that is billed beside the main answer.
    pub parts: Vec<BilledPart>,
    /// `None` means unknown, never free.
    pub cost: Option<PicoUsd>,
    /// What the upstream says that it costs.
    pub stated_cost: StatedCost,
    /// The part of `cost` that failed attempts caused.
    pub retried_cost: Option<PicoUsd>,
    /// Of built-in tools; included in `cost`.
    pub fees: Fees,
    pub price_id: Option<i64>,
    pub latency: Duration,
    /// From the start of the call to the first byte of the response body.
    pub first_byte: Option<Duration>,
    /// Our own time, without the provider's.
    pub overhead: Duration,
    pub upstream_request_id: Option<String>,
    pub tags: Option<Value>,
    pub sdk: Option<String>,
    /// If the call named a model route.
    pub route: Option<RoutedCall>,
    /// The provider's usage object, unchanged.
    pub raw_usage: Option<Box<RawValue>>,
    /// Whether the call exceeded its upper bound, in money or in tokens.
    pub overrun: bool,
}

impl CallRecord {
    /// The tokens and pico-USD used, as far as known. A call that failed at unknown cost may have used anything up to
    /// its bound. Must agree with `calls_settle`.
    pub fn used(&self) -> (Option<i64>, Option<i64>) {
        let is_known = self.status != Status::Failed || self.cost.is_some();
        let tokens = self.usage.input_tokens.saturating_add(self.usage.output_tokens);
        (is_known.then_some(tokens), self.cost.map(PicoUsd::as_pico))
    }
}
