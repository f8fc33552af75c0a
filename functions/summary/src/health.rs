//! `GET /healthz`: whether the service and its database answer. The one route besides the docs without a key.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use crate::state::SummaryState;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    pub status: &'static str,
}

#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    responses(
        (status = 200, description = "Service and database answer", body = Health),
        (status = 503, description = "The database does not answer", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
pub(crate) async fn get_health(State(state): State<SummaryState>) -> Result<Json<Health>, ApiError> {
    state.database().check().await?;
    Ok(Json(Health { status: "ok" }))
}
