//! `GET /api/usage/calls` and `/api/usage/calls/{id}`: single calls.

use axum::Json;
use axum::extract::{Path, State};
use domain::money::PicoUsd;
use http::HeaderMap;
use ledger::usage::{self, Cursor};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use crate::bounds;
use crate::query::{self, Pairs};
use crate::state::SummaryState;

const PAGE: i64 = 50;

/// A call as it stands: corrections are in its numbers. Prompts and answers are kept nowhere.
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
    /// Null for calls made with a provider key of the caller's own.
    #[schema(required = true)]
    pub key_id: Option<String>,
    pub endpoint: String,
    /// As asked for.
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
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallPage {
    pub data: Vec<Call>,
    /// For `cursor` of the next page; null on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/usage/calls",
    tag = "usage",
    description = "Single calls, newest first. Filters as for the summary, `tag.<name>=<value>` included, and by status. A \
        filtered range may hold 5 million calls. A `from` of which calls are no longer kept is refused; without one the list \
        ends where they begin.",
    params(
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant of the range"),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant after the range"),
        ("user_label" = Option<Vec<String>>, Query, description = "Only these labels"),
        ("model" = Option<Vec<String>>, Query, description = "Only these models, as asked for"),
        ("key_id" = Option<Vec<String>>, Query, description = "Only calls of these keys"),
        ("status" = Option<Vec<String>>, Query, description = "Only settled, estimated, failed or abandoned ones"),
        ("cost" = Option<String>, Query, description = "`billed` (default): as each call was billed when it was settled, as on invoices and in limits. `current`: as priced now, with all corrections of prices, at the time of the calls they correct"),
        ("limit" = Option<u32>, Query, description = "Calls of a page, 1 to 200; 50 if absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, description = "A page", body = CallPage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_calls(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Json<CallPage>, ApiError> {
    let caller = state.reader(&headers).await?;
    let question = query::parse(pairs, &caller, &["status", "cost", "limit", "cursor"])?;
    bounds::check_kept(state.database(), question.filter.range).await?;
    // Without a filter a page costs a page, wherever it is.
    if !question.filter.is_everything() {
        bounds::check_rows(state.database(), question.filter.range).await?;
    }
    let limit = question.limit.unwrap_or(PAGE);
    // One more tells whether there is a next page.
    let mut found = usage::list_calls(
        state.database(),
        &question.filter,
        question.cursor,
        limit + 1,
        question.cost.unwrap_or_default(),
    )
    .await?;
    let page = usize::try_from(limit).unwrap_or_default();
    let has_more = found.len() > page;
    found.truncate(page);
    let last = found.last().map(|call| Cursor { created_at: call.created_at, id: call.id });
    Ok(Json(CallPage {
        next_cursor: last.filter(|_| has_more).map(query::cursor_text),
        data: found.into_iter().map(Call::from).collect(),
    }))
}

#[utoipa::path(
    get,
    path = "/api/usage/calls/{id}",
    tag = "usage",
    params(
        ("id" = String, Path, description = "The call's id, as in the header `x-tokenmeter-call-id`"),
        ("cost" = Option<String>, Query, description = "`billed` (default): as each call was billed when it was settled, as on invoices and in limits. `current`: as priced now, with all corrections of prices, at the time of the calls they correct"),
    ),
    responses(
        (status = 200, description = "The call", body = Call),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read usage", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such call that the key may see", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_call(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Json<Call>, ApiError> {
    let caller = state.reader(&headers).await?;
    let cost = query::cost_alone(pairs)?;
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    let call = usage::find_call(state.database(), id, caller.user_label.as_deref(), cost).await?;
    Ok(Json(call.ok_or(ApiError::NotFound)?.into()))
}
