//! `GET /api/usage/summary`: who spent what.

use axum::Json;
use axum::extract::{Query, State};
use chrono::SecondsFormat;
use http::HeaderMap;
use indexmap::IndexMap;
use serde::Serialize;
use shared::db::usage::{self, Dimension, Totals};
use shared::http::{ApiError, Problem};
use shared::money::PicoUsdSum;
use utoipa::ToSchema;

use crate::query::{self, Grouping};
use crate::state::SummaryState;

/// Totals of one group. It holds the fields that were grouped by: `model` and `user_label` where nothing else is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryRow {
    /// The model that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `key` (null for calls made with a provider key of the caller's own), and `tag.<name>` for every tag grouped by
    /// (null for calls without it).
    #[serde(flatten)]
    #[schema(ignore)]
    pub others: IndexMap<String, Option<String>>,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    /// Part of the input tokens.
    pub total_cached_tokens: i64,
    /// Part of the output tokens.
    pub total_reasoning_tokens: i64,
    pub calls: i64,
    pub failed_calls: i64,
    /// Calls whose tokens are an upper bound, as the provider's counts never came.
    pub estimated_calls: i64,
    /// Calls of unknown cost; `cost_usd` leaves them out.
    pub unpriced_calls: i64,
    /// USD of the priced calls as an exact decimal; null where no call is priced.
    #[schema(value_type = Option<String>, required = true, example = "12.3456")]
    pub cost_usd: Option<PicoUsdSum>,
    #[schema(required = true)]
    pub latency_p50_ms: Option<f64>,
    #[schema(required = true)]
    pub latency_p95_ms: Option<f64>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub last_call_at: String,
}

#[utoipa::path(
    get,
    path = "/api/usage/summary",
    tag = "usage",
    description = "Totals of all settled calls the key may see, exact and without lag. Further filters: \
        `tag.<name>=<value>`, repeatable. `user_label`, `model`, `key_id` may be repeated.",
    params(
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant of the range"),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant after the range"),
        ("user_label" = Option<Vec<String>>, Query, description = "Only these labels"),
        ("model" = Option<Vec<String>>, Query, description = "Only these models, as asked for"),
        ("key_id" = Option<Vec<String>>, Query, description = "Only calls of these keys"),
        ("group_by" = Option<String>, Query, description = "Comma list out of model, user_label, key, endpoint, status, tag.<name>"),
    ),
    responses(
        (status = 200, description = "One row per group, ordered by the groups", body = Vec<SummaryRow>),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_summary(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    params: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Vec<SummaryRow>>, ApiError> {
    let caller = state.reader(&headers).await?;
    let Query(params) =
        params.map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
    let (filter, grouping) = query::parse(params, &caller)?;
    let totals = usage::summarize(state.database(), &filter, &grouping.dimensions, &grouping.tags).await?;
    let mut rows: Vec<SummaryRow> =
        totals.into_iter().map(|totals| SummaryRow::new(totals, &grouping)).collect();
    // Here and not in SQL: the order must not depend on the database's collation.
    rows.sort_by(|a, b| a.group().cmp(&b.group()));
    Ok(Json(rows))
}

impl SummaryRow {
    fn new(totals: Totals, grouping: &Grouping) -> Self {
        let tag = |name: &String| {
            let value = totals.tags.as_ref().and_then(|tags| tags.get(name)?.as_str().map(str::to_owned));
            (format!("tag.{name}"), value)
        };
        let key = grouping.dimensions.contains(&Dimension::Key).then(|| {
            let id = totals.key_id.map(|id| id.to_string());
            ("key".to_owned(), id)
        });
        Self {
            others: key.into_iter().chain(grouping.tags.iter().map(tag)).collect(),
            model: totals.model,
            user_label: totals.user_label,
            endpoint: totals.endpoint,
            status: totals.status,
            total_input_tokens: totals.input_tokens,
            total_output_tokens: totals.output_tokens,
            total_cached_tokens: totals.cached_tokens,
            total_reasoning_tokens: totals.reasoning_tokens,
            calls: totals.calls,
            failed_calls: totals.failed_calls,
            estimated_calls: totals.estimated_calls,
            unpriced_calls: totals.unpriced_calls,
            cost_usd: totals.cost,
            latency_p50_ms: totals.latency_p50_us.map(millis),
            latency_p95_ms: totals.latency_p95_us.map(millis),
            last_call_at: totals.last_call_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        }
    }

    fn group(&self) -> impl Ord + '_ {
        (
            &self.model,
            &self.user_label,
            &self.endpoint,
            &self.status,
            self.others.values().collect::<Vec<_>>(),
        )
    }
}

fn millis(micros: i32) -> f64 {
    f64::from(micros) / 1000.0
}
