//! When a failed attempt upstream is tried again, and after how long.

use std::time::Duration;

use chrono::{DateTime, Utc};

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// 429s that no waiting cures: `type` or `code` says so, never the status.
const MONEY_CODES: [&str; 5] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
];

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// No connection, so nothing was sent.
    NotConnected,
    /// Sent, but no answer came: the provider may be working on it and may bill it.
    NoAnswer,
    Answered(Failure<'a>),
}

/// An error answer, as far as it decides about retrying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failure<'a> {
    pub status: u16,
    pub error_type: Option<&'a str>,
    pub error_code: Option<&'a str>,
    /// The header `x-should-retry`; where present it decides, within our own bounds.
    pub should_retry: Option<bool>,
    /// What [`parse_retry_after`] made of the headers.
    pub retry_after: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    RetryAfter(Duration),
    GiveUp,
}

/// Decides after attempt number `attempt` (the first is 1) failed. `time_left` is how long this call may still take;
/// `jitter` is a random number in `[0, 1)`.
pub fn decide(
    attempt: u32,
    max_retries: u32,
    outcome: &Outcome<'_>,
    time_left: Duration,
    jitter: f64,
) -> Decision {
    if attempt > max_retries || !outcome.is_retryable() {
        return Decision::GiveUp;
    }
    let asked = match outcome {
        Outcome::Answered(failure) => failure.retry_after.filter(|wait| !wait.is_zero()),
        Outcome::NotConnected | Outcome::NoAnswer => None,
    };
    let wait = asked.unwrap_or_else(|| backoff(attempt, jitter));
    if wait < time_left { Decision::RetryAfter(wait) } else { Decision::GiveUp }
}

impl Outcome<'_> {
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotConnected => true,
            Self::NoAnswer => false,
            Self::Answered(failure) => failure.is_retryable(),
        }
    }
}

impl Failure<'_> {
    fn is_retryable(&self) -> bool {
        if self.status < 400 {
            return false;
        }
        if let Some(verdict) = self.should_retry {
            return verdict;
        }
        match self.status {
            429 => !self.is_about_money(),
            408 | 409 | 500.. => true,
            _ => false,
        }
    }

    fn is_about_money(&self) -> bool {
        [self.error_type, self.error_code].into_iter().flatten().any(|name| MONEY_CODES.contains(&name))
    }
}

/// Full jitter: anywhere between nothing and the doubled wait, so that callers do not come back together.
fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    ceiling.mul_f64(jitter)
}

/// The wait the provider asks for: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
/// A date in the past is no wait; what cannot be read is `None`.
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

fn parse_date(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.to_utc().signed_duration_since(now).to_std().unwrap_or_default())
}
