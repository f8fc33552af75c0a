//! Reading usage, and describing the API. Nothing here writes.

mod bounds;
mod calls;
mod compress;
mod config;
mod docs;
mod export;
mod health;
mod link;
mod me;
mod query;
mod reconcile;
mod reconciliation;
mod revalidate;
mod state;
mod stated_costs;
mod sums;
mod timeseries;
mod totals;
mod usage_health;
mod values;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

pub use config::Config;
pub use state::SummaryState;
pub use web::StartError;

pub fn router(state: SummaryState) -> Router {
    routes()
        .with_state(state)
        .route("/openapi.json", get(docs::get_document))
        .route("/docs", get(docs::redirect_to_ui))
        .route("/docs/", get(docs::get_ui_index))
        .route("/docs/{*file}", get(docs::get_ui_file))
        .layer(from_fn(compress::compress))
        .layer(from_fn(web::finish))
}

web::routes! {
    SummaryState;
    fn routes:
        totals::get_summary,
        timeseries::get_timeseries,
        calls::list_calls,
        calls::get_call,
        export::get_export,
        link::get_export_link,
        me::get_me,
        reconcile::get_reconciliation,
        stated_costs::get_stated_costs,
        usage_health::get_usage_health,
        values::list_values,
        health::get_health;
}
