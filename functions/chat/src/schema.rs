//! Schemas of the OpenAPI document for bodies and headers that pass through without types of their own.

use utoipa::{IntoParams, IntoResponses, ToSchema};
use web::values::{Label, ModelName};

/// A JSON object in the provider's format, whose API reference describes its fields.
#[derive(ToSchema)]
#[schema(as = Passed, value_type = Object)]
#[expect(dead_code, reason = "describes bodies that pass through unread")]
pub(crate) struct OpenAiBody(serde_json::Value);

/// A request in OpenAI's format; the provider's API reference describes its other fields.
#[derive(ToSchema)]
#[schema(as = PassedRequest)]
#[expect(dead_code, reason = "describes bodies that pass through")]
pub(crate) struct OpenAiRequest {
    #[schema(value_type = ModelName)]
    model: ModelName,
}

/// OpenAI's error object.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::ErrorBody` writes")]
pub(crate) struct OpenAiError {
    error: OpenAiErrorDetail,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::ErrorBody` writes")]
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
    #[response(status = 200, description = "The provider's response, byte for byte", headers(
        ("x-tokenmeter-call-id" = String, description = "Id of the call in the ledger; equal to `x-request-id`"),
        ("x-tokenmeter-user-label" = String, description = "The label that the call is counted under; percent-encoded where it is not ASCII"),
        ("x-tokenmeter-upstream" = String, description = "The upstream that answered, such as `openai`; of a model route, the target"),
        ("x-tokenmeter-overhead-ms" = String, description = "Time spent in Tokenmeter in milliseconds, without the provider's"),
        ("x-tokenmeter-cost-usd" = Option<String>, description = "Cost in USD as an exact decimal; absent from streams and where the cost is unknown"),
    ))]
    Success(OpenAiBody),
    #[response(
        status = "default",
        description = "The provider's error, or one of Tokenmeter in the same format"
    )]
    Error(OpenAiError),
}

/// A request in Anthropic's format; the provider's API reference describes its other fields.
#[derive(ToSchema)]
#[schema(as = PassedMessage)]
#[expect(dead_code, reason = "describes bodies that pass through")]
pub(crate) struct MessagesRequest {
    #[schema(value_type = ModelName)]
    model: ModelName,
}

/// Anthropic's error object.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::AnthropicErrorBody` writes")]
pub(crate) struct AnthropicError {
    r#type: String,
    error: AnthropicErrorDetail,
    #[schema(required)]
    request_id: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::AnthropicErrorBody` writes")]
pub(crate) struct AnthropicErrorDetail {
    r#type: String,
    message: String,
    /// The stable name of the error, if it is one of Tokenmeter.
    #[schema(required = false)]
    code: Option<String>,
}

/// Responses of Anthropic's endpoints.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses that pass through")]
pub(crate) enum MessagesResponses {
    #[response(status = 200, description = "The provider's response, byte for byte", headers(
        ("x-tokenmeter-call-id" = String, description = "Id of the call in the ledger; equal to `x-request-id`"),
        ("x-tokenmeter-user-label" = String, description = "The label that the call is counted under; percent-encoded where it is not ASCII"),
        ("x-tokenmeter-upstream" = String, description = "The upstream that answered, such as `openai`; of a model route, the target"),
        ("x-tokenmeter-overhead-ms" = String, description = "Time spent in Tokenmeter in milliseconds, without the provider's"),
        ("x-tokenmeter-cost-usd" = Option<String>, description = "Cost in USD as an exact decimal; absent from streams and where the cost is unknown"),
    ))]
    Success(OpenAiBody),
    #[response(
        status = "default",
        description = "The provider's error, or one of Tokenmeter in the same format"
    )]
    Error(AnthropicError),
}

/// A request in Gemini's format; the provider's API reference describes its fields.
#[derive(ToSchema)]
#[schema(as = PassedContent, value_type = Object)]
#[expect(dead_code, reason = "describes bodies that pass through")]
pub(crate) struct GeminiRequest(serde_json::Value);

/// Google's error object.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::GeminiErrorBody` writes")]
pub(crate) struct GoogleError {
    error: GoogleErrorDetail,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::GeminiErrorBody` writes")]
pub(crate) struct GoogleErrorDetail {
    code: u16,
    message: String,
    status: String,
    /// Of an error of Tokenmeter, the first detail has its stable name as `reason`.
    #[schema(required = false)]
    details: Vec<OpenAiBody>,
}

/// Responses of Gemini's methods.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses that pass through")]
pub(crate) enum GeminiResponses {
    #[response(status = 200, description = "The provider's response, byte for byte", headers(
        ("x-tokenmeter-call-id" = String, description = "Id of the call in the ledger; equal to `x-request-id`"),
        ("x-tokenmeter-user-label" = String, description = "The label that the call is counted under; percent-encoded where it is not ASCII"),
        ("x-tokenmeter-upstream" = String, description = "The upstream that answered, such as `openai`; of a model route, the target"),
        ("x-tokenmeter-overhead-ms" = String, description = "Time spent in Tokenmeter in milliseconds, without the provider's"),
        ("x-tokenmeter-cost-usd" = Option<String>, description = "Cost in USD as an exact decimal; absent from streams and where the cost is unknown"),
    ))]
    Success(OpenAiBody),
    #[response(
        status = "default",
        description = "The provider's error, or one of Tokenmeter in the same format"
    )]
    Error(GoogleError),
}

/// A request to Amazon Bedrock; its API reference and that of the model's vendor describe its fields.
#[derive(ToSchema)]
#[schema(as = PassedModelRequest, value_type = Object)]
#[expect(dead_code, reason = "describes bodies that pass through")]
pub(crate) struct BedrockRequest(serde_json::Value);

/// AWS's error; its type is in the header `x-amzn-errortype`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `upstream::wire::BedrockErrorBody` writes")]
pub(crate) struct AwsError {
    message: String,
    /// The stable name of the error, if it is one of Tokenmeter.
    #[schema(required = false)]
    code: Option<String>,
}

/// Responses of Amazon Bedrock.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses that pass through")]
pub(crate) enum BedrockResponses {
    #[response(status = 200, description = "The provider's response, byte for byte", headers(
        ("x-tokenmeter-call-id" = String, description = "Id of the call in the ledger; equal to `x-request-id`"),
        ("x-tokenmeter-user-label" = String, description = "The label that the call is counted under; percent-encoded where it is not ASCII"),
        ("x-tokenmeter-overhead-ms" = String, description = "Time spent in Tokenmeter in milliseconds, without the provider's"),
        ("x-tokenmeter-cost-usd" = Option<String>, description = "Cost in USD as an exact decimal; absent from streams and where the cost is unknown"),
    ))]
    Success(OpenAiBody),
    #[response(
        status = "default",
        description = "The provider's error, or one of Tokenmeter in the same format"
    )]
    Error(AwsError),
}

/// Messages in AWS's framing of event streams.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes bodies that pass through")]
pub(crate) struct EventStream(Vec<u8>);

/// Streams of Amazon Bedrock.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses that pass through")]
pub(crate) enum BedrockStreamResponses {
    #[response(
        status = 200,
        description = "The provider's messages, byte for byte",
        content_type = "application/vnd.amazon.eventstream",
        headers(
            ("x-tokenmeter-call-id" = String, description = "Id of the call in the ledger; equal to `x-request-id`"),
            ("x-tokenmeter-user-label" = String, description = "The label that the call is counted under; percent-encoded where it is not ASCII"),
            ("x-tokenmeter-overhead-ms" = String, description = "Time spent in Tokenmeter in milliseconds, without the provider's"),
        )
    )]
    Success(#[to_schema] EventStream),
    #[response(
        status = "default",
        description = "The provider's error, or one of Tokenmeter in the same format"
    )]
    Error(AwsError),
}

/// Headers that decide where a call is counted.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers that `caller` reads")]
pub(crate) struct LabelHeaders {
    /// The user label of the call, if the key has none of its own: 1 to 128 characters in UTF-8, without control or
    /// invisible characters. Surrounding white space is removed, and the text is normalised to Unicode form NFC.
    /// Without this header, the label is `metadata.user_label`, `safety_identifier` or `user` of the body, in this
    /// order. The last two are meant for the provider: where one is longer than a label may be, its first 100
    /// characters and a hash are the label.
    #[param(rename = "X-User-Label", inline, value_type = Label, required = false)]
    user_label: Option<String>,
    /// Up to 8 tags, such as `team=search,env=prod`.
    #[param(rename = "X-Usage-Tags", value_type = String, required = false)]
    usage_tags: Option<String>,
    /// While a request is in progress, another one with the same header, caller and body is refused with 409.
    #[param(rename = "Idempotency-Key", value_type = String, required = false)]
    idempotency_key: Option<String>,
}

/// A stored response.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes a path that `stored` reads")]
pub(crate) struct ResponseId {
    /// Id of the response.
    response_id: String,
}

/// Headers that decide where a call about a stored response is counted.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers that `caller` reads")]
pub(crate) struct StoredLabelHeaders {
    /// The user label of the call, if the key has none of its own; by default, the label of the call that made the
    /// response. It decides where the call is counted, not which responses it can read.
    #[param(rename = "X-User-Label", inline, value_type = Label, required = false)]
    user_label: Option<String>,
    /// Up to 8 tags, such as `team=search,env=prod`.
    #[param(rename = "X-Usage-Tags", value_type = String, required = false)]
    usage_tags: Option<String>,
}
