//! A call that got no response from the provider: how it is recorded, and the error that the caller gets.

use domain::calls::{CallEnding, CallExchange, CallOutcome, Status};
use upstream::{UpstreamFailure, UpstreamFailureKind};
use web::ApiError;

/// What the ledger says of it.
pub(crate) const fn error_code(kind: &UpstreamFailureKind) -> &'static str {
    match kind {
        UpstreamFailureKind::Unreachable(_) => "upstream_unreachable",
        UpstreamFailureKind::Interrupted(_) => "upstream_interrupted",
        UpstreamFailureKind::Timeout => "upstream_timeout",
        UpstreamFailureKind::TooLarge | UpstreamFailureKind::Undecodable(_) => "upstream_malformed",
        UpstreamFailureKind::NoKey => "provider_key_missing",
    }
}

pub(crate) fn failed_ending(failure: &UpstreamFailure) -> CallEnding {
    CallEnding {
        outcome: CallOutcome {
            status: Status::Failed,
            answer: None,
            is_free: !failure.may_be_billed,
            is_not_billed: false,
            error_code: Some(error_code(&failure.kind).to_owned()),
            usage: None,
            parts: Vec::new(),
            used_tools: Vec::new(),
            served_model: None,
            service_tier: None,
        },
        exchange: CallExchange {
            http_status: None,
            attempts: failure.attempts,
            retried: failure.retried,
            first_byte: None,
            waited: failure.waited,
            upstream_request_id: None,
            stated_cost: None,
        },
    }
}

pub(crate) fn failure_error(failure: UpstreamFailure) -> ApiError {
    match failure.kind {
        UpstreamFailureKind::Unreachable(cause) => ApiError::UpstreamUnreachable(cause.into()),
        UpstreamFailureKind::Interrupted(cause) => ApiError::UpstreamInterrupted(cause.into()),
        UpstreamFailureKind::Timeout => ApiError::UpstreamTimeout,
        UpstreamFailureKind::TooLarge | UpstreamFailureKind::Undecodable(_) => ApiError::UpstreamMalformed,
        UpstreamFailureKind::NoKey => ApiError::ProviderKeyMissing,
    }
}
