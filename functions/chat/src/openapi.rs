//! This function's part of the OpenAPI document.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(crate::llm_chat::create_chat))]
pub struct ApiDoc;
