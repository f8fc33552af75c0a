//! Decides whether a failed attempt is retried, and after how long.

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// Refusals that waiting does not cure. Only `type` or `code` identifies them: their status is the one of rate limits.
const EXHAUSTED_QUOTA_CODES: [&str; 5] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
];

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome<'a> {
    /// There was nothing to send it with.
    NotSent,
    /// No connection was made, so nothing was sent.
    NotConnected,
    /// The request was sent but no response came: the provider may be working on it and may bill it.
    NoResponse,
    Responded(ErrorResponse<'a>),
}

/// The parts of an error response that decide about retrying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErrorResponse<'a> {
    pub status: u16,
    pub error_type: Option<&'a str>,
    pub error_code: Option<&'a str>,
    /// The header `x-should-retry`. It overrides the status, within our own bounds and unless the quota is exhausted.
    pub should_retry: Option<bool>,
    /// The wait from [`parse_retry_after`].
    pub retry_after: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    RetryAfter(Duration),
    GiveUp,
}

/// Decides after attempt number `attempt` (the first is 1) has failed. `time_left` is how long this call may still
/// take; `jitter` is a random number in `[0, 1)`.
pub fn decide(
    attempt: u32,
    max_retries: u32,
    outcome: &AttemptOutcome<'_>,
    time_left: Duration,
    jitter: f64,
) -> Decision {
    if attempt > max_retries || !outcome.is_retryable() {
        return Decision::GiveUp;
    }
    let requested = match outcome {
        AttemptOutcome::Responded(error) => error.retry_after.filter(|wait| !wait.is_zero()),
        AttemptOutcome::NotSent | AttemptOutcome::NotConnected | AttemptOutcome::NoResponse => None,
    };
    let wait = requested.unwrap_or_else(|| backoff(attempt, jitter));
    if wait < time_left { Decision::RetryAfter(wait) } else { Decision::GiveUp }
}

impl AttemptOutcome<'_> {
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotConnected => true,
            Self::NotSent | Self::NoResponse => false,
            Self::Responded(error) => error.is_retryable(),
        }
    }

    /// Whether the provider may have worked on the request and may bill it. What it refused is free.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::NotSent | Self::NotConnected => false,
            Self::NoResponse => true,
            Self::Responded(error) => error.has_lost_provider() || error.is_filtered(),
        }
    }
}

impl ErrorResponse<'_> {
    fn is_retryable(&self) -> bool {
        // `x-should-retry` is about the request: an exhausted quota stays exhausted.
        if self.status < 400 || self.is_quota_exhausted() {
            return false;
        }
        if let Some(should_retry) = self.should_retry {
            return should_retry;
        }
        is_retryable_status(self.status)
    }

    /// Whether something between the provider and us gave up on a request that the provider may have read. Cloudflare
    /// reports with 520, 522 and 524 that it got no usable response, and with 521 and 523 that it could not connect.
    fn has_lost_provider(&self) -> bool {
        matches!(self.status, 408 | 502 | 504 | 520 | 522 | 524)
    }

    /// Azure bills a prompt that its content filter refuses.
    fn is_filtered(&self) -> bool {
        self.error_code == Some("content_filter")
    }

    fn is_quota_exhausted(&self) -> bool {
        [self.error_type, self.error_code]
            .into_iter()
            .flatten()
            .any(|name| EXHAUSTED_QUOTA_CODES.contains(&name))
    }
}

/// Whether the same request may succeed later, or elsewhere.
pub(crate) const fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..)
}

/// Full jitter: anywhere between zero and the doubled wait, so that callers do not retry in unison.
fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    ceiling.mul_f64(jitter)
}

/// The wait the provider asks for: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date. A date in the
/// past is a wait of zero; a malformed header is `None`.
pub fn parse_retry_after(
    retry_after_ms: Option<&str>,
    retry_after: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Duration> {
    let from_ms = retry_after_ms.and_then(|text| parse_duration(text, 1_000.0));
    from_ms.or_else(|| {
        let text = retry_after?.trim();
        parse_duration(text, 1.0).or_else(|| parse_date(text, now))
    })
}

fn parse_duration(text: &str, per_second: f64) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(number / per_second).ok()
}

/// In any of the three formats of HTTP, or in those of mail and of JSON, which some gateways write.
fn parse_date(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let date = httpdate::parse_http_date(text)
        .map(DateTime::<Utc>::from)
        .or_else(|_| DateTime::parse_from_rfc2822(text).map(|date| date.to_utc()))
        .or_else(|_| DateTime::parse_from_rfc3339(text).map(|date| date.to_utc()))
        .ok()?;
    Some(date.signed_duration_since(now).to_std().unwrap_or_default())
}
