//! Our errors as Anthropic's error object.

use chrono::{DateTime, Utc};
use domain::limits::{Outlook, Period, Refusal};
use http::StatusCode;
use upstream::wire::AnthropicErrorBody;

use super::ApiError;

impl ApiError {
    pub(crate) fn to_anthropic(&self, request_id: &str) -> AnthropicErrorBody {
        AnthropicErrorBody::new(self.anthropic_type(), self.code(), self.anthropic_message(), request_id)
    }

    /// Clients such as Claude Code retry a `rate_limit_error`, and stop at a `billing_error`.
    fn anthropic_type(&self) -> &'static str {
        match self {
            Self::Limited { outlook, .. } if outlook.is_used_up() => "billing_error",
            _ => match self.status() {
                StatusCode::UNAUTHORIZED => "authentication_error",
                StatusCode::PAYMENT_REQUIRED => "billing_error",
                StatusCode::FORBIDDEN => "permission_error",
                StatusCode::NOT_FOUND => "not_found_error",
                StatusCode::CONFLICT => "conflict_error",
                StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
                StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
                StatusCode::GATEWAY_TIMEOUT => "timeout_error",
                status if status.is_server_error() => "api_error",
                _ => "invalid_request_error",
            },
        }
    }

    fn anthropic_message(&self) -> String {
        match self {
            Self::Limited { refusal, outlook: Outlook::BudgetUsedUp } => {
                format!("{} {refusal}", spend_limit(refusal))
            }
            Self::Limited { refusal, outlook: Outlook::TooLarge } => {
                format!("{refusal} To make the call fit, lower `max_tokens` or send less input.")
            }
            _ => self.to_string(),
        }
    }
}

/// In the words that clients know of Anthropic's own gateway.
fn spend_limit(refusal: &Refusal) -> String {
    let period = match refusal.limit.period {
        Period::Total => "total",
        Period::Minute => "each minute",
        Period::Hour => "hourly",
        Period::Day => "daily",
        Period::Week => "weekly",
        Period::Month => "monthly",
    };
    let resets = |at: DateTime<Utc>| format!("; resets {}", at.format("%Y-%m-%d %H:%M UTC"));
    let resets = refusal.limit.resets_at.map(resets).unwrap_or_default();
    format!("spend limit reached ({period}{resets}).")
}
