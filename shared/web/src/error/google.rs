//! Our errors as Google's error object. Its clients decide by the details whether to try again.

use domain::limits::Outlook;
use http::StatusCode;
use serde_json::{Value, json};
use upstream::wire::GeminiErrorBody;

use super::ApiError;

/// Who says the reasons of our errors.
const DOMAIN: &str = "tokenmeter";

impl ApiError {
    pub(crate) fn to_google(&self) -> GeminiErrorBody {
        GeminiErrorBody::new(
            self.status().as_u16(),
            self.google_status(),
            self.google_message(),
            self.google_details(),
        )
    }

    fn google_status(&self) -> &'static str {
        match self {
            Self::Limited { outlook: Outlook::TooLarge, .. }
            | Self::ModelNotPriced(_)
            | Self::UnboundedRequest(_) => "FAILED_PRECONDITION",
            _ => match self.status() {
                StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
                StatusCode::FORBIDDEN => "PERMISSION_DENIED",
                StatusCode::NOT_FOUND => "NOT_FOUND",
                StatusCode::METHOD_NOT_ALLOWED => "UNIMPLEMENTED",
                StatusCode::CONFLICT => "ABORTED",
                StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
                StatusCode::GATEWAY_TIMEOUT => "DEADLINE_EXCEEDED",
                status if status.is_server_error() => "INTERNAL",
                _ => "INVALID_ARGUMENT",
            },
        }
    }

    fn google_message(&self) -> String {
        match self {
            Self::KeyMissing => {
                "You didn't provide an API key. Send it as `x-goog-api-key: tm_…`.".to_owned()
            }
            Self::Limited { refusal, outlook: Outlook::TooLarge } => {
                format!(
                    "{refusal} To make the call fit, lower `generationConfig.maxOutputTokens` or send less input."
                )
            }
            _ => self.to_string(),
        }
    }

    /// A quota of a day is one that Gemini CLI does not wait for; a delay is one that it does.
    fn google_details(&self) -> Vec<Value> {
        let reason = self.code().to_ascii_uppercase();
        let mut details = vec![json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": DOMAIN,
        })];
        if let Self::Limited { refusal, outlook } = self {
            let window = if outlook.is_used_up() { "PerDay" } else { "PerMinute" };
            if *outlook != Outlook::TooLarge {
                details.push(json!({
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{
                        "subject": DOMAIN,
                        "quotaId": format!("TokenmeterLimit{window}"),
                        "description": refusal.to_string(),
                    }],
                }));
            }
        }
        if let Some(wait) = self.retry_after() {
            details.push(json!({
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": format!("{:.3}s", wait.as_secs_f64()),
            }));
        }
        details
    }
}
