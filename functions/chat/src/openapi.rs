//! This function's part of the OpenAPI document.

use utoipa::{IntoParams, OpenApi, ToSchema};

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

/// A JSON object of OpenAI's API: see the provider's own reference.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "describes bodies that pass through unread")]
pub(crate) struct Passed(serde_json::Value);

/// OpenAI's error object.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `openai::wire::ErrorBody` writes")]
pub(crate) struct OpenAiError {
    error: OpenAiErrorDetail,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `openai::wire::ErrorBody` writes")]
pub(crate) struct OpenAiErrorDetail {
    message: String,
    r#type: String,
    #[schema(required)]
    param: Option<String>,
    #[schema(required)]
    code: Option<String>,
}

/// Headers that say what a call is counted for.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers that `caller` reads")]
pub(crate) struct Labelled {
    /// Who the call is counted for, where the key has no label of its own. Else `metadata.user_label`,
    /// `safety_identifier` or `user` of the body.
    #[param(rename = "X-User-Label")]
    user_label: Option<String>,
    /// Up to 8 tags: `team=search,env=prod`.
    #[param(rename = "X-Usage-Tags")]
    usage_tags: Option<String>,
    /// The same key, body and caller is not sent twice while the first is in progress.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}
