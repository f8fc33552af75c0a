//! Reading usage, and describing the API. Nothing here writes.

mod bounds;
mod calls;
mod docs;
mod export;
mod health;
mod me;
mod query;
mod reconcile;
mod reconciliation;
mod state;
mod sums;
mod timeseries;
mod totals;
mod usage_health;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use state::SummaryState;
pub use web::{AppConfig as Config, StartError};

pub fn router(state: SummaryState) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .with_state(state)
        .route("/openapi.json", get(docs::get_document))
        .route("/docs", get(docs::redirect_to_ui))
        .route("/docs/", get(docs::get_ui_index))
        .route("/docs/{*file}", get(docs::get_ui_file))
        .layer(from_fn(web::finish))
}

/// The OpenAPI document of these routes.
pub fn openapi() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<SummaryState> {
    OpenApiRouter::default()
        .routes(routes!(totals::get_summary))
        .routes(routes!(timeseries::get_timeseries))
        .routes(routes!(calls::list_calls))
        .routes(routes!(calls::get_call))
        .routes(routes!(export::get_export))
        .routes(routes!(me::get_me))
        .routes(routes!(reconcile::get_reconciliation))
        .routes(routes!(usage_health::get_usage_health))
        .routes(routes!(health::get_health))
}
