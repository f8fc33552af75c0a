//! This function's part of the OpenAPI document.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    crate::llm_chat::create_chat,
    crate::passthrough::create_completion,
    crate::passthrough::create_response,
    crate::passthrough::create_embedding,
    crate::models::list_models,
    crate::models::get_model,
))]
pub struct ApiDoc;
