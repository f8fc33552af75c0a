//! `GET /api/usage/health`: how far the sums reach, and whether they are those of the ledger.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use ledger::rollups;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use crate::bounds::text;
use crate::state::SummaryState;

/// Answers are exact whatever `lag_seconds` is: calls since `sealed_until` are added up one by one. It says how slow
/// that may be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageHealth {
    /// `ok`, `behind` (over five minutes) or `differs`.
    pub status: &'static str,
    /// Calls before are in the sums; null before the first seal.
    #[schema(required = true, format = DateTime)]
    pub sealed_until: Option<String>,
    #[schema(required = true)]
    pub lag_seconds: Option<f64>,
    /// When sums were last compared with the ledger.
    #[schema(required = true, format = DateTime)]
    pub checked_at: Option<String>,
    /// Up to where each minute's comparison has come.
    #[schema(required = true, format = DateTime)]
    pub checked_until: Option<String>,
    /// Sums found to differ and not rebuilt since.
    pub differences: i64,
    /// Sums of corrections of prices (`cost=current`) found to differ from their entries and not rebuilt since.
    pub price_sum_differences: i64,
    /// Single calls from before are no longer kept; their sums are.
    #[schema(required = true, format = DateTime)]
    pub dropped_until: Option<String>,
}

const BEHIND_SECONDS: f64 = 300.0;

#[utoipa::path(
    get,
    path = "/api/usage/health",
    tag = "usage",
    responses(
        (status = 200, description = "The state of the sums", body = UsageHealth),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read usage", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_usage_health(
    State(state): State<SummaryState>,
    headers: HeaderMap,
) -> Result<Json<UsageHealth>, ApiError> {
    state.reader(&headers).await?;
    let health = rollups::health(state.database()).await?;
    let lag_seconds = health.lag.map(|lag| lag.as_secs_f64());
    let status = if health.differences > 0 || health.price_sum_differences > 0 {
        "differs"
    } else if lag_seconds.is_some_and(|lag| lag < BEHIND_SECONDS) {
        "ok"
    } else {
        "behind"
    };
    Ok(Json(UsageHealth {
        status,
        sealed_until: health.sealed_until.map(text),
        lag_seconds,
        checked_at: health.checked_at.map(text),
        checked_until: health.checked_until.map(text),
        differences: health.differences,
        price_sum_differences: health.price_sum_differences,
        dropped_until: health.dropped_until.map(text),
    }))
}
