//! Our errors as AWS has them: a message in the body, the type in a header. By type and status its clients decide whether
//! to try again.

use domain::limits::Outlook;
use http::StatusCode;
use upstream::wire::BedrockErrorBody;

use super::ApiError;

/// How an error is reported in AWS's format.
pub(crate) struct AwsError {
    pub status: StatusCode,
    /// For the header `x-amzn-errortype`.
    pub kind: &'static str,
    pub body: BedrockErrorBody,
}

impl ApiError {
    pub(crate) fn to_aws(&self) -> AwsError {
        let (status, kind) = self.aws_type();
        AwsError { status, kind, body: BedrockErrorBody::new(self.code(), self.aws_message()) }
    }

    /// Clients retry every 429, 500, 502, 503 and 504, whatever the response says of it: what waiting does not cure has
    /// another status.
    fn aws_type(&self) -> (StatusCode, &'static str) {
        let status = self.status();
        match self {
            Self::Limited { outlook, .. } if outlook.is_used_up() => {
                (StatusCode::BAD_REQUEST, "ServiceQuotaExceededException")
            }
            Self::Limited { outlook: Outlook::TooLarge, .. } => (status, "ServiceQuotaExceededException"),
            Self::ProviderKeyMissing | Self::ProviderNotConfigured { .. } | Self::ProviderKeyRejected => {
                (StatusCode::FORBIDDEN, "AccessDeniedException")
            }
            Self::EndpointNotSupported(_) | Self::MethodNotSupported(_) | Self::MethodNotAllowed => {
                (status, "UnknownOperationException")
            }
            _ => (status, kind_of(status)),
        }
    }

    fn aws_message(&self) -> String {
        match self {
            Self::Limited { refusal, outlook: Outlook::TooLarge } => format!(
                "{refusal} To make the call fit, lower `inferenceConfig.maxTokens` or `max_tokens`, or send less input."
            ),
            Self::KeyMissing => {
                "You didn't provide an API key. Set `AWS_BEARER_TOKEN_BEDROCK` to a Tokenmeter key (`tm_…`)."
                    .to_owned()
            }
            _ => self.to_string(),
        }
    }
}

fn kind_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "UnrecognizedClientException",
        StatusCode::FORBIDDEN => "AccessDeniedException",
        StatusCode::NOT_FOUND => "ResourceNotFoundException",
        StatusCode::CONFLICT => "ConflictException",
        StatusCode::TOO_MANY_REQUESTS => "ThrottlingException",
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailableException",
        StatusCode::GATEWAY_TIMEOUT => "ModelTimeoutException",
        status if status.is_server_error() => "InternalServerException",
        _ => "ValidationException",
    }
}
