//! `GET /api/usage/calls` and `/api/usage/calls/{id}`: single calls.

use axum::Json;
use axum::extract::State;
use domain::ids::CallId;
use domain::money::PicoUsd;
use domain::pricing::Fee;
use ledger::usage::{self, Cursor};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::responses::{Forbidden, Invalid, NotFound, Unauthenticated, Unavailable};
use web::{ApiError, PageParams, PathId, QueryParams, Reader};

use crate::bounds;
use crate::query::{CallCursor, CostParams, StatusParams, UsageParams};
use crate::state::SummaryState;

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
}

/// Uses of one built-in tool, such as `web_search`.
#[derive(Debug, Serialize, ToSchema)]
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

impl From<usage::Call> for Call {
    fn from(call: usage::Call) -> Self {
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
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallPage {
    pub data: Vec<Call>,
    /// Send it as `cursor` to get the next page; null on the last page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/usage/calls",
    tag = "usage",
    description = "Single calls, newest first. Also filters by tag: `tag.<name>=<value>`, repeatable. A filtered range may \
        contain at most 5 million calls. Calls past retention cannot be listed: a `from` or `to` before that is refused; \
        without `from`, the list ends there.",
    params(UsageParams, StatusParams, CostParams, PageParams<CallCursor>),
    responses(
        (status = 200, description = "A page of calls", body = CallPage),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_calls(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams((usage, status, cost, page)): QueryParams<(
        UsageParams,
        StatusParams,
        CostParams,
        PageParams<CallCursor>,
    )>,
) -> Result<Json<CallPage>, ApiError> {
    let mut filter = usage.into_filter(&caller)?;
    filter.statuses = status.into_statuses();
    bounds::check_kept(state.database(), filter.range).await?;
    // An unfiltered page costs the same wherever it begins.
    if !filter.is_everything() {
        bounds::check_rows(state.database(), filter.range).await?;
    }
    let after = page.cursor().map(|cursor| cursor.0);
    let found = usage::list_calls(state.database(), &filter, after, page.fetch(), cost.basis()).await?;
    let cursor = |call: &usage::Call| CallCursor(Cursor { created_at: call.created_at, id: call.id }).text();
    let (data, next_cursor) = page.page(found, cursor, Call::from);
    Ok(Json(CallPage { data, next_cursor }))
}

#[utoipa::path(
    get,
    path = "/api/usage/calls/{id}",
    tag = "usage",
    params(("id" = String, Path, description = "The call's id, as in the header `x-tokenmeter-call-id`"), CostParams),
    responses(
        (status = 200, description = "The call", body = Call),
        Unauthenticated, Forbidden, NotFound, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_call(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams(cost): QueryParams<CostParams>,
    PathId(id): PathId<CallId>,
) -> Result<Json<Call>, ApiError> {
    let label = caller.user_label.as_deref();
    let call = usage::find_call(state.database(), id, label, cost.basis()).await?;
    Ok(Json(call.ok_or(ApiError::NotFound)?.into()))
}
