//! This function's part of the OpenAPI document.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(crate::totals::get_summary, crate::health::get_health))]
pub struct ApiDoc;
