//! A call as responses and exports show it.

use domain::calls::{BilledPart, CostSource};
use domain::money::PicoUsd;
use domain::pricing::Fee;
use ledger::usage;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::route::CallRoute;
use crate::bounds;

/// A call with all corrections applied. Prompts and answers are never stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Call {
    #[schema(example = "call_01932f1c8a4e7cc2b8a1d1f0e5a6b7c8")]
    pub id: String,
    /// When it was settled; RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub started_at: String,
    pub user_label: String,
    /// Null for calls made with the caller's own provider key.
    #[schema(required = true)]
    pub key_id: Option<String>,
    pub endpoint: String,
    /// The requested model.
    pub model: String,
    #[schema(required = true)]
    pub served_model: Option<String>,
    #[schema(required = true)]
    pub service_tier: Option<String>,
    pub stream: bool,
    /// `settled`, `estimated`, `failed` or `abandoned`.
    pub status: String,
    #[schema(required = true)]
    pub http_status: Option<i16>,
    #[schema(required = true)]
    pub error_code: Option<String>,
    pub attempts: i32,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub cache_write_tokens: i64,
    pub output_tokens: i64,
    pub reasoning_tokens: i64,
    /// An exact decimal; null where the cost is unknown.
    #[schema(value_type = Option<String>, required = true, example = "0.00015")]
    pub cost_usd: Option<PicoUsd>,
    #[schema(required = true)]
    pub price_id: Option<i64>,
    #[schema(required = true)]
    pub latency_ms: Option<f64>,
    #[schema(required = true)]
    pub first_byte_ms: Option<f64>,
    #[schema(required = true)]
    pub overhead_ms: Option<f64>,
    #[schema(required = true)]
    pub upstream_request_id: Option<String>,
    /// Names and values.
    #[schema(required = true, value_type = Option<std::collections::HashMap<String, String>>)]
    pub tags: Option<Value>,
    #[schema(required = true)]
    pub sdk: Option<String>,
    /// What built-in tools cost; included in `cost_usd`.
    pub fees: Vec<CallFee>,
    /// Audio that was not read from the cache: part of the input tokens.
    pub audio_input_tokens: i64,
    /// Part of the output tokens.
    pub audio_output_tokens: i64,
    /// Tokens used by failed attempts: part of the input tokens.
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    /// Billed cost of failed attempts, an exact decimal: part of `cost_usd` as billed. Null where it is unknown.
    #[schema(value_type = Option<String>, required = true, example = "0")]
    pub retried_cost_usd: Option<PicoUsd>,
    /// Null without a key; and if yours is bound to a label, for keys that are not bound to it.
    #[schema(required = true)]
    pub key_name: Option<String>,
    /// Who is paid for it.
    #[schema(example = "openai")]
    pub provider: String,
    /// Written to the cache for a longer time: part of the input tokens.
    pub cache_write_long_tokens: i64,
    /// Audio read from the cache, where the provider reports it apart: part of the input tokens.
    pub cached_audio_tokens: i64,
    /// Part of the output tokens.
    pub image_output_tokens: i64,
    /// The registered upstream that answered; null for a provider of the environment.
    #[schema(required = true, example = "openrouter")]
    pub upstream: Option<String>,
    /// What the upstream says that its answer costs, an exact decimal, without failed attempts before it. Null where it
    /// says nothing.
    #[schema(value_type = Option<String>, required = true, example = "0.00016")]
    pub upstream_cost_usd: Option<PicoUsd>,
    /// What the price rows give for the same answer. Null where the upstream says nothing, or without a price.
    #[schema(value_type = Option<String>, required = true, example = "0.00015")]
    pub table_cost_usd: Option<PicoUsd>,
    /// Which of them is `cost_usd`: `table`; `upstream`; or `fallback`, the price rows where the upstream's was to be.
    #[schema(value_type = CostSource)]
    pub cost_source: CostSource,
    /// What the answer bills beside its main usage, such as work of another model; included in all of the above.
    pub parts: Vec<CallPart>,
    /// If its model was requested by the name of a model route: what became of it at each target. `model` and `provider`
    /// are those of the last one.
    #[schema(required = true)]
    pub route: Option<CallRoute>,
}

/// Work of a model that the provider bills beside the main usage of an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CallPart {
    pub model: String,
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// An exact decimal; null where it is unknown, and so the cost of the call.
    #[schema(value_type = Option<String>, required = true, example = "0.01")]
    pub cost_usd: Option<PicoUsd>,
    #[schema(required = true)]
    pub price_id: Option<i64>,
}

impl From<BilledPart> for CallPart {
    fn from(part: BilledPart) -> Self {
        Self {
            model: part.model,
            input_tokens: part.usage.input_tokens,
            output_tokens: part.usage.output_tokens,
            cost_usd: part.cost,
            price_id: part.price_id,
        }
    }
}

/// Uses of one built-in tool, such as `web_search`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CallFee {
    pub tool: String,
    pub uses: i64,
    /// An exact decimal; null where the fee is unknown, and so the cost of the call.
    #[schema(value_type = Option<String>, required = true, example = "0.01")]
    pub cost_usd: Option<PicoUsd>,
}

impl From<Fee> for CallFee {
    fn from(fee: Fee) -> Self {
        Self { tool: fee.tool, uses: fee.uses, cost_usd: fee.cost }
    }
}

impl Call {
    /// `only_label` is the label that the caller is bound to.
    pub(crate) fn new(call: usage::Call, only_label: Option<&str>) -> Self {
        let is_shown = only_label.is_none() || call.key_label.as_deref() == only_label;
        let millis = |micros: Option<i32>| micros.map(|micros| f64::from(micros) / 1000.0);
        Self {
            id: call.id.to_string(),
            created_at: bounds::text(call.created_at),
            started_at: bounds::text(call.started_at),
            user_label: call.user_label,
            key_id: call.key_id.map(|id| id.to_string()),
            endpoint: call.endpoint,
            model: call.model,
            served_model: call.served_model,
            service_tier: call.service_tier,
            stream: call.stream,
            status: call.status,
            http_status: call.http_status,
            error_code: call.error_code,
            attempts: call.attempts,
            input_tokens: call.input_tokens,
            cached_tokens: call.cached_tokens,
            cache_write_tokens: call.cache_write_tokens,
            output_tokens: call.output_tokens,
            reasoning_tokens: call.reasoning_tokens,
            cost_usd: call.cost,
            price_id: call.price_id,
            latency_ms: millis(call.latency_us),
            first_byte_ms: millis(call.first_byte_us),
            overhead_ms: millis(call.overhead_us),
            upstream_request_id: call.upstream_request_id,
            tags: call.tags,
            sdk: call.sdk,
            fees: call.fees.0.into_iter().map(CallFee::from).collect(),
            audio_input_tokens: call.audio_input_tokens,
            audio_output_tokens: call.audio_output_tokens,
            retried_input_tokens: call.retried_input_tokens,
            retried_output_tokens: call.retried_output_tokens,
            retried_cost_usd: call.retried_cost,
            key_name: call.key_name.filter(|_| is_shown),
            provider: call.provider,
            cache_write_long_tokens: call.cache_write_long_tokens,
            cached_audio_tokens: call.cached_audio_tokens,
            image_output_tokens: call.image_output_tokens,
            upstream: call.upstream,
            upstream_cost_usd: call.stated_cost.stated,
            table_cost_usd: call.stated_cost.table,
            cost_source: call.stated_cost.source,
            parts: call.parts.into_iter().map(CallPart::from).collect(),
            route: call.route.map(CallRoute::from),
        }
    }
}
