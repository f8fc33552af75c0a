//! Schemas of the OpenAPI document for bodies and headers that pass through without types of their own.

use utoipa::{IntoParams, IntoResponses, ToSchema};

/// A JSON object of OpenAI's API: see the provider's own reference.
#[derive(ToSchema)]
#[schema(as = Passed, value_type = Object)]
#[expect(dead_code, reason = "describes bodies that pass through unread")]
pub(crate) struct OpenAiBody(serde_json::Value);

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

/// Responses of the endpoints that pass through.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses that pass through")]
pub(crate) enum PassthroughResponses {
    #[response(status = 200, description = "The provider's answer, byte for byte", headers(
        ("x-tokenmeter-call-id" = String, description = "The call in the ledger; the same as `x-request-id`"),
        ("x-tokenmeter-overhead-ms" = String, description = "Our own time, the provider's excluded"),
        ("x-tokenmeter-cost-usd" = Option<String>, description = "USD as an exact decimal; not on streams, nor where unknown"),
    ))]
    Success(OpenAiBody),
    #[response(status = "default", description = "The provider's error, or ours in its shape")]
    Error(OpenAiError),
}

/// Headers that say what a call is counted for.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers that `caller` reads")]
pub(crate) struct LabelHeaders {
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
