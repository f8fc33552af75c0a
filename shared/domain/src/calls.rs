//! A call: its endpoint, how it ended, and what the ledger records of it.

mod admission;
mod background;
mod content;
mod ending;
mod objects;
mod parts;
mod record;
mod request;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use strum::{IntoStaticStr, VariantArray};

pub use admission::{Admission, Admitted, Bound, Reservations, ToolBound, UnboundedParts, Verdict};
pub use background::BackgroundCall;
pub use content::RequestContent;
pub use ending::{CallEnding, CallExchange, CallOutcome, SeenAnswer};
pub use objects::{NamedIds, ObjectClaim, ObjectOwner, StoredResponse};
pub use parts::{BilledPart, CallPart};
pub(crate) use record::NOT_BILLED;
pub use record::record;
pub use request::CallRequest;

use crate::ids::{CallId, KeyId};
use crate::money::PicoUsd;
use crate::pricing::Fees;
use crate::provider::Provider;
use crate::usage::Usage;

crate::word_schemas!(Endpoint, Status);

/// The route a call came in by, which decides the wire format it has at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
pub enum Endpoint {
    /// Our own JSON to callers, a chat completion to the provider.
    #[strum(serialize = "llm.chat")]
    LlmChat,
    #[strum(serialize = "chat.completions")]
    ChatCompletions,
    #[strum(serialize = "responses")]
    Responses,
    #[strum(serialize = "embeddings")]
    Embeddings,
    /// Text in, text out: the predecessor of chat completions.
    #[strum(serialize = "completions")]
    Completions,
    #[strum(serialize = "responses.compact")]
    ResponsesCompact,
    #[strum(serialize = "responses.input_tokens")]
    ResponsesInputTokens,
    #[strum(serialize = "moderations")]
    Moderations,
    #[strum(serialize = "responses.retrieve")]
    ResponsesRetrieve,
    #[strum(serialize = "responses.delete")]
    ResponsesDelete,
    #[strum(serialize = "responses.cancel")]
    ResponsesCancel,
    #[strum(serialize = "responses.input_items")]
    ResponsesInputItems,
}

impl Endpoint {
    /// The provider's path for such calls, below its base URL; of a stored response, what stands before its id.
    pub const fn upstream_path(self) -> &'static str {
        match self {
            Self::LlmChat | Self::ChatCompletions => "/chat/completions",
            Self::Responses
            | Self::ResponsesRetrieve
            | Self::ResponsesDelete
            | Self::ResponsesCancel
            | Self::ResponsesInputItems => "/responses",
            Self::Embeddings => "/embeddings",
            Self::Completions => "/completions",
            Self::ResponsesCompact => "/responses/compact",
            Self::ResponsesInputTokens => "/responses/input_tokens",
            Self::Moderations => "/moderations",
        }
    }

    /// Whether the call is a chat completion to the provider.
    pub const fn is_chat_completion(self) -> bool {
        matches!(self, Self::LlmChat | Self::ChatCompletions)
    }

    /// Whether input and streams have the format of Responses.
    pub const fn is_responses(self) -> bool {
        matches!(self, Self::Responses | Self::ResponsesCompact | Self::ResponsesInputTokens)
            || self.is_of_stored_response()
    }

    /// Whether a success is a response object, or a stream of one.
    pub const fn returns_response(self) -> bool {
        matches!(self, Self::Responses | Self::ResponsesRetrieve | Self::ResponsesCancel)
    }

    /// Whether the provider may store what it returns, under ids by which it can be used again.
    pub const fn makes_objects(self) -> bool {
        matches!(self, Self::ResponsesCompact) || self.returns_response()
    }

    /// Whether the call is about a response that the provider has stored.
    pub const fn is_of_stored_response(self) -> bool {
        matches!(
            self,
            Self::ResponsesRetrieve
                | Self::ResponsesDelete
                | Self::ResponsesCancel
                | Self::ResponsesInputItems
        )
    }

    /// Whether the provider charges nothing: such calls are in the ledger without tokens, at cost 0.
    pub const fn is_free(self) -> bool {
        matches!(self, Self::ResponsesInputTokens | Self::Moderations) || self.is_of_stored_response()
    }

    /// Whether answers have output that is billed.
    pub const fn has_output(self) -> bool {
        !matches!(self, Self::Embeddings) && !self.is_free()
    }

    /// Whether streams report their usage only if `stream_options` ask for it.
    pub const fn has_stream_options(self) -> bool {
        self.is_chat_completion() || matches!(self, Self::Completions)
    }

    /// The model that the provider takes if a request names none.
    pub const fn default_model(self) -> Option<&'static str> {
        match self {
            Self::Moderations => Some("omni-moderation-latest"),
            _ => None,
        }
    }
}

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
    /// The provider's usage object, unchanged.
    pub raw_usage: Option<Box<RawValue>>,
    /// Whether the call exceeded its upper bound, in money or in tokens.
    pub overrun: bool,
}

impl CallRecord {
    /// The tokens and pico-USD used, as far as known. A call that failed at unknown cost may have used anything up to
    /// its bound. Must agree with `settle.sql`.
    pub fn used(&self) -> (Option<i64>, Option<i64>) {
        let is_known = self.status != Status::Failed || self.cost.is_some();
        let tokens = self.usage.input_tokens.saturating_add(self.usage.output_tokens);
        (is_known.then_some(tokens), self.cost.map(PicoUsd::as_pico))
    }
}
