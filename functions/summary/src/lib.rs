//! Reading what was used, and describing the API. Nothing here writes.

mod bounds;
mod calls;
mod config;
mod docs;
mod export;
mod health;
mod me;
mod openapi;
mod query;
mod reconcile;
mod state;
mod sums;
mod timeseries;
mod totals;
mod usage_health;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

pub use config::Config;
pub use openapi::ApiDoc;
pub use state::{StartError, SummaryState};

pub fn router(state: SummaryState) -> Router {
    Router::new()
        .route("/api/usage/summary", get(totals::get_summary))
        .route("/api/usage/timeseries", get(timeseries::get_timeseries))
        .route("/api/usage/calls", get(calls::list_calls))
        .route("/api/usage/calls/{id}", get(calls::get_call))
        .route("/api/usage/export", get(export::get_export))
        .route("/api/usage/me", get(me::get_me))
        .route("/api/usage/health", get(usage_health::get_usage_health))
        .route("/api/usage/reconcile", get(reconcile::get_reconciliation))
        .route("/healthz", get(health::get_health))
        .with_state(state)
        .route("/openapi.json", get(docs::get_document))
        .route("/docs", get(docs::redirect_to_ui))
        .route("/docs/", get(docs::get_ui_index))
        .route("/docs/{*file}", get(docs::get_ui_file))
        .layer(from_fn(web::finish))
}
