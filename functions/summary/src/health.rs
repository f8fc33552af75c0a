//! `GET /healthz`: whether the service and its database are available. Like the docs, it needs no key.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::ApiError;
use web::responses::Unavailable;

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
        (status = 200, description = "Service and database are available", body = Health),
        Unavailable,
    ),
    security(()),
)]
pub(crate) async fn get_health(State(state): State<SummaryState>) -> Result<Json<Health>, ApiError> {
    state.database().check().await?;
    Ok(Json(Health { status: "ok" }))
}
