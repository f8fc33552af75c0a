//! One call as the view `usage_calls` has it.

use chrono::{DateTime, Utc};
use domain::calls::{BilledPart, CostSource, RoutedCall, StatedCost};
use domain::ids::{CallId, KeyId};
use domain::money::PicoUsd;
use domain::pricing::Fees;
use domain::usage::Usage;
use serde_json::Value;
use tokio_postgres::Row;

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    pub id: CallId,
    /// When it was settled.
    pub created_at: DateTime<Utc>,
    pub started_at: DateTime<Utc>,
    pub user_label: String,
    pub key_id: Option<KeyId>,
    pub endpoint: String,
    pub provider: String,
    /// A registered one.
    pub upstream: Option<String>,
    pub model: String,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub stream: bool,
    pub status: String,
    pub http_status: Option<i16>,
    pub error_code: Option<String>,
    pub attempts: i32,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub cache_write_tokens: i64,
    pub cache_write_long_tokens: i64,
    pub output_tokens: i64,
    pub reasoning_tokens: i64,
    pub cost: Option<PicoUsd>,
    /// What the upstream says that it costs.
    pub stated_cost: StatedCost,
    pub price_id: Option<i64>,
    pub latency_us: Option<i32>,
    pub first_byte_us: Option<i32>,
    pub overhead_us: Option<i32>,
    pub upstream_request_id: Option<String>,
    pub tags: Option<Value>,
    pub sdk: Option<String>,
    /// Of built-in tools; included in `cost`.
    pub fees: Fees,
    /// Billed beside the main usage; included in the totals and in `cost`.
    pub parts: Vec<BilledPart>,
    /// If the call named a model route.
    pub route: Option<RoutedCall>,
    pub audio_input_tokens: i64,
    pub cached_audio_tokens: i64,
    pub audio_output_tokens: i64,
    pub image_output_tokens: i64,
    /// Of attempts that failed and were tried again; included in the totals.
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    /// Included in `cost`, as billed; `None` means unknown.
    pub retried_cost: Option<PicoUsd>,
    pub key_name: Option<String>,
    /// The only label that the key may use; `None` for a key of any label.
    pub key_label: Option<String>,
}

impl Call {
    pub(in crate::usage) fn from_row(row: &Row) -> Self {
        Self {
            id: CallId::from_uuid(row.get("id")),
            created_at: row.get("created_at"),
            started_at: row.get("started_at"),
            user_label: row.get("user_label"),
            key_id: row.get::<_, Option<_>>("key_id").map(KeyId::from_uuid),
            endpoint: row.get("endpoint"),
            provider: row.get("provider"),
            upstream: row.get("upstream"),
            model: row.get("model"),
            served_model: row.get("served_model"),
            service_tier: row.get("service_tier"),
            stream: row.get("stream"),
            status: row.get("status"),
            http_status: row.get("http_status"),
            error_code: row.get("error_code"),
            attempts: row.get("attempts"),
            input_tokens: row.get("input_tokens"),
            cached_tokens: row.get("cached_tokens"),
            cache_write_tokens: row.get("cache_write_tokens"),
            cache_write_long_tokens: row.get("cache_write_long_tokens"),
            output_tokens: row.get("output_tokens"),
            reasoning_tokens: row.get("reasoning_tokens"),
            cost: row.get::<_, Option<i64>>("cost_pico_usd").map(PicoUsd::from_pico),
            stated_cost: stated_cost(row),
            price_id: row.get("price_id"),
            latency_us: row.get("latency_us"),
            first_byte_us: row.get("first_byte_us"),
            overhead_us: row.get("overhead_us"),
            upstream_request_id: row.get("upstream_request_id"),
            tags: row.get("tags"),
            sdk: row.get("sdk"),
            fees: Fees::from_stored(row.get::<_, Option<Value>>("fees").as_ref()),
            parts: BilledPart::from_stored(row.get::<_, Option<Value>>("parts").as_ref()),
            route: RoutedCall::from_stored(row.get("route")),
            audio_input_tokens: row.get("audio_input_tokens"),
            cached_audio_tokens: row.get("cached_audio_tokens"),
            audio_output_tokens: row.get("audio_output_tokens"),
            image_output_tokens: row.get("image_output_tokens"),
            retried_input_tokens: row.get("retried_input_tokens"),
            retried_output_tokens: row.get("retried_output_tokens"),
            retried_cost: row.get::<_, Option<i64>>("retried_cost_pico_usd").map(PicoUsd::from_pico),
            key_name: row.get("key_name"),
            key_label: row.get("key_label"),
        }
    }

    /// What the ledger counted, for pricing it again.
    pub fn usage(&self) -> Usage {
        Usage {
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_tokens,
            cache_write_tokens: self.cache_write_tokens,
            cache_write_long_tokens: self.cache_write_long_tokens,
            audio_input_tokens: self.audio_input_tokens,
            cached_audio_tokens: self.cached_audio_tokens,
            output_tokens: self.output_tokens,
            reasoning_tokens: self.reasoning_tokens,
            audio_output_tokens: self.audio_output_tokens,
            image_output_tokens: self.image_output_tokens,
        }
    }
}

fn stated_cost(row: &Row) -> StatedCost {
    let money = |column: &str| row.get::<_, Option<i64>>(column).map(PicoUsd::from_pico);
    StatedCost {
        source: CostSource::from_stored(row.get("cost_source")),
        stated: money("upstream_cost_pico_usd"),
        table: money("table_cost_pico_usd"),
    }
}
