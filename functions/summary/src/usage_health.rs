//! `GET /api/usage/health`: how recent the sums are, and whether they equal the ledger.

use axum::Json;
use axum::extract::State;
use ledger::rollups;
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{Forbidden, Unauthenticated, Unavailable};
use web::{ApiError, Reader};

use crate::bounds::text;
use crate::state::SummaryState;

/// Reports are exact whatever `lag_seconds` is: calls since `sealed_until` are read one by one, which takes longer the
/// more there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageHealth {
    /// `ok`, `behind` (over five minutes) or `differs`.
    pub status: &'static str,
    /// Calls settled before this instant are in the sums; null before the first seal.
    #[schema(required = true, format = DateTime)]
    pub sealed_until: Option<String>,
    #[schema(required = true)]
    pub lag_seconds: Option<f64>,
    /// When the sums were last compared with the ledger.
    #[schema(required = true, format = DateTime)]
    pub checked_at: Option<String>,
    /// The instant up to which the sums have been compared.
    #[schema(required = true, format = DateTime)]
    pub checked_until: Option<String>,
    /// Sums found to differ from the ledger and not rebuilt since.
    pub differences: i64,
    /// Sums of price corrections (`cost=current`) found to differ from their entries and not rebuilt since.
    pub price_sum_differences: i64,
    /// Calls settled before this instant are kept as sums only.
    #[schema(required = true, format = DateTime)]
    pub dropped_until: Option<String>,
}

const BEHIND_SECONDS: f64 = 300.0;

#[utoipa::path(
    get,
    path = "/api/usage/health",
    tag = "usage",
    responses((status = 200, description = "The state of the sums", body = UsageHealth), Unauthenticated, Forbidden, Unavailable),
    security(("key" = [])),
)]
pub(crate) async fn get_usage_health(
    State(state): State<SummaryState>,
    _: Reader,
) -> Result<Json<UsageHealth>, ApiError> {
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
