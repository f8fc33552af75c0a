//! Amazon Bedrock's runtime. The path names the model and the method; the same below the name of a registered upstream.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use domain::calls::Endpoint;
use http::{Method, Uri};
use web::ApiError;

use super::relay::relay;
use super::target::Target;
use crate::incoming::IncomingRequest;
use crate::schema::{AwsError, BedrockRequest, BedrockResponses, BedrockStreamResponses, LabelHeaders};
use crate::state::ChatState;
use crate::unserved;

#[utoipa::path(
    post,
    path = "/bedrock/model/{modelId}/converse",
    tag = "bedrock",
    description = "Calls a model of any vendor with Amazon Bedrock's Converse. The model is an id, an inference profile or an ARN, encoded once or twice. The request is forwarded to the provider, whose API reference describes its fields.",
    params(
        ("modelId" = String, Path, description = "The model", example = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        LabelHeaders,
    ),
    request_body = BedrockRequest,
    responses(
        BedrockResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AwsError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn converse(
    State(state): State<ChatState>,
    uri: Uri,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    call(state, &uri, request, body).await
}

#[utoipa::path(
    post,
    path = "/bedrock/model/{modelId}/converse-stream",
    tag = "bedrock",
    description = "As `converse`; the response is a stream of binary messages (`application/vnd.amazon.eventstream`). The model is an id, an inference profile or an ARN, encoded once or twice. The request is forwarded to the provider, whose API reference describes its fields.",
    params(
        ("modelId" = String, Path, description = "The model", example = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        LabelHeaders,
    ),
    request_body = BedrockRequest,
    responses(
        BedrockStreamResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AwsError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn converse_stream(
    State(state): State<ChatState>,
    uri: Uri,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    call(state, &uri, request, body).await
}

#[utoipa::path(
    post,
    path = "/bedrock/model/{modelId}/invoke",
    tag = "bedrock",
    description = "Calls a model of Amazon Bedrock with a body in the format of its vendor. The model is an id, an inference profile or an ARN, encoded once or twice. The request is forwarded to the provider, whose API reference describes its fields.",
    params(
        ("modelId" = String, Path, description = "The model", example = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        LabelHeaders,
    ),
    request_body = BedrockRequest,
    responses(
        BedrockResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AwsError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn invoke_model(
    State(state): State<ChatState>,
    uri: Uri,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    call(state, &uri, request, body).await
}

#[utoipa::path(
    post,
    path = "/bedrock/model/{modelId}/invoke-with-response-stream",
    tag = "bedrock",
    description = "As `invoke`; the response is a stream of binary messages (`application/vnd.amazon.eventstream`). The model is an id, an inference profile or an ARN, encoded once or twice. The request is forwarded to the provider, whose API reference describes its fields.",
    params(
        ("modelId" = String, Path, description = "The model", example = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        LabelHeaders,
    ),
    request_body = BedrockRequest,
    responses(
        BedrockStreamResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AwsError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn invoke_model_stream(
    State(state): State<ChatState>,
    uri: Uri,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    call(state, &uri, request, body).await
}

#[utoipa::path(
    post,
    path = "/bedrock/model/{modelId}/count-tokens",
    tag = "bedrock",
    description = "Counts the input tokens of a request without sending it to the model. The call is free: it counts towards limits on requests and concurrency, and is in the ledger at cost 0. The model is an id, an inference profile or an ARN, encoded once or twice. The request is forwarded to the provider, whose API reference describes its fields.",
    params(
        ("modelId" = String, Path, description = "The model", example = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        LabelHeaders,
    ),
    request_body = BedrockRequest,
    responses(
        BedrockResponses,
        (status = 429, description = "A limit or the provider refused the call", body = AwsError),
    ),
    security(("key" = []), ("x_api_key" = [])),
)]
pub(crate) async fn count_bedrock_tokens(
    State(state): State<ChatState>,
    uri: Uri,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    call(state, &uri, request, body).await
}

/// The same for an ARN whose slash a gateway in between has decoded.
pub(crate) fn more_routes() -> Router<ChatState> {
    let served =
        post(|State(state): State<ChatState>, uri: Uri, request: IncomingRequest, body: Body| async move {
            call(state, &uri, request, body).await
        });
    Router::new().route("/bedrock/model/{modelId}/{id}/{method}", served)
}

/// The path is read as it came, since the model is passed on as it was encoded.
async fn call(
    state: ChatState,
    uri: &Uri,
    request: IncomingRequest,
    body: Body,
) -> Result<Response, ApiError> {
    let path = uri.path();
    let call =
        path.trim_start_matches('/').strip_prefix("bedrock/model/").and_then(|call| call.rsplit_once('/'));
    let known = call.and_then(|(model, method)| Some((model, method, endpoint_of(method)?)));
    let Some((model, method, endpoint)) = known.filter(|(model, ..)| !model.is_empty()) else {
        return Err(unknown_method(&request, path));
    };
    let target = Target::of_bedrock(endpoint, (model, method))?;
    relay(state, target, request, body).await
}

/// The endpoint, and whether its answer is a stream.
fn endpoint_of(method: &str) -> Option<(Endpoint, bool)> {
    Some(match method {
        "converse" => (Endpoint::Converse, false),
        "converse-stream" => (Endpoint::Converse, true),
        "invoke" => (Endpoint::InvokeModel, false),
        "invoke-with-response-stream" => (Endpoint::InvokeModel, true),
        "count-tokens" => (Endpoint::BedrockCountTokens, false),
        _ => return None,
    })
}

fn unknown_method(request: &IncomingRequest, path: &str) -> ApiError {
    let rest = path.trim_start_matches('/').strip_prefix("bedrock").unwrap_or(path);
    let prefix = request.upstream().map_or("bedrock", |upstream| upstream.facts().name.as_str());
    let wire = Endpoint::Converse.wire();
    ApiError::EndpointNotSupported(unserved::advice_below_prefix(wire, prefix, &Method::POST, rest))
}
