//! This function's part of the OpenAPI document.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    crate::totals::get_summary,
    crate::timeseries::get_timeseries,
    crate::calls::list_calls,
    crate::calls::get_call,
    crate::export::get_export,
    crate::me::get_me,
    crate::reconcile::get_reconciliation,
    crate::usage_health::get_usage_health,
    crate::health::get_health
))]
pub struct ApiDoc;
