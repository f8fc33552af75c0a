//! When a failed attempt upstream is tried again, and after how long.

use std::time::Duration;

use chrono::{DateTime, Utc};

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// Refusals that no waiting cures: `type` or `code` says so, never the status.
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
    /// The header `x-should-retry`; where present it decides, within our own bounds and unless money has run out.
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
        // The header is about the request; whoever has no money left has none the next time either.
        if self.status < 400 || self.is_about_money() {
            return false;
        }
        if let Some(verdict) = self.should_retry {
            return verdict;
        }
        matches!(self.status, 408 | 409 | 429 | 500..)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: Duration = Duration::from_mins(10);

    fn status(status: u16) -> Failure<'static> {
        Failure { status, ..Failure::default() }
    }

    fn decided(failure: Failure<'_>) -> Decision {
        decide(1, 2, &Outcome::Answered(failure), LONG, 0.5)
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for code in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert_eq!(decided(status(code)), Decision::RetryAfter(Duration::from_millis(250)), "{code}");
        }
        for code in [200, 301, 400, 401, 403, 404, 413, 422] {
            assert_eq!(decided(status(code)), Decision::GiveUp, "{code}");
        }
        let first = |outcome| decide(1, 2, &outcome, LONG, 0.5);
        assert!(matches!(first(Outcome::NotConnected), Decision::RetryAfter(_)));
        assert_eq!(first(Outcome::NoAnswer), Decision::GiveUp);
    }

    #[test]
    fn money_is_told_from_rate_limits_by_type_and_code() {
        for code in MONEY_CODES {
            assert_eq!(
                decided(Failure { error_code: Some(code), ..status(429) }),
                Decision::GiveUp,
                "{code}"
            );
        }
        let by_type = Failure { error_type: Some("insufficient_quota"), ..status(429) };
        assert_eq!(decided(by_type), Decision::GiveUp);
        for asked in [Some(true), Some(false), None] {
            let asking = Failure { should_retry: asked, ..by_type };
            assert_eq!(decided(asking), Decision::GiveUp, "{asked:?}");
        }
        let by_rate = Failure { error_code: Some("rate_limit_exceeded"), ..status(429) };
        assert!(matches!(decided(by_rate), Decision::RetryAfter(_)));
    }

    #[test]
    fn the_provider_may_overrule_the_status() {
        let no = Failure { should_retry: Some(false), ..status(503) };
        assert_eq!(decided(no), Decision::GiveUp);
        let yes = Failure { should_retry: Some(true), ..status(400) };
        assert!(matches!(decided(yes), Decision::RetryAfter(_)));
        let not_an_error = Failure { should_retry: Some(true), ..status(200) };
        assert_eq!(decided(not_an_error), Decision::GiveUp);
    }

    #[test]
    fn waits_double_up_to_a_ceiling() {
        let waits: Vec<u128> = [1, 2, 3, 4, 5, 6, 99, u32::MAX]
            .map(|attempt| match decide(attempt, u32::MAX, &Outcome::NotConnected, LONG, 1.0) {
                Decision::RetryAfter(wait) => wait.as_millis(),
                Decision::GiveUp => 0,
            })
            .to_vec();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]);
    }

    #[test]
    fn retries_are_counted_from_the_first_attempt() {
        let outcome = Outcome::NotConnected;
        assert_eq!(decide(1, 0, &outcome, LONG, 0.0), Decision::GiveUp);
        assert!(matches!(decide(2, 2, &outcome, LONG, 0.0), Decision::RetryAfter(_)));
        assert_eq!(decide(3, 2, &outcome, LONG, 0.0), Decision::GiveUp);
    }

    #[test]
    fn an_asked_wait_is_kept_if_there_is_time_for_it() {
        let asking = |wait| Outcome::Answered(Failure { retry_after: Some(wait), ..status(429) });
        let wait = Duration::from_secs(20);
        assert_eq!(decide(1, 2, &asking(wait), LONG, 0.5), Decision::RetryAfter(wait));
        assert_eq!(decide(1, 2, &asking(wait), wait, 0.5), Decision::GiveUp);
        // No wait at all is no answer to an overload.
        let own = Decision::RetryAfter(Duration::from_millis(250));
        assert_eq!(decide(1, 2, &asking(Duration::ZERO), LONG, 0.5), own);
    }

    #[test]
    fn the_wait_is_read_in_all_its_forms() {
        let now: DateTime<Utc> = "2026-11-23T07:28:00Z".parse().unwrap();
        let read = |ms, seconds| parse_retry_after(ms, seconds, now);
        assert_eq!(read(Some("1500"), Some("9")), Some(Duration::from_millis(1_500)));
        assert_eq!(read(Some("soon"), Some(" 9 ")), Some(Duration::from_secs(9)));
        assert_eq!(read(None, Some("0.5")), Some(Duration::from_millis(500)));
        assert_eq!(read(None, Some("Mon, 23 Nov 2026 07:28:30 GMT")), Some(Duration::from_secs(30)));
        assert_eq!(read(None, Some("Mon, 23 Nov 2026 07:27:30 GMT")), Some(Duration::ZERO));
        for odd in ["-1", "NaN", "inf", "1e300", "", "later"] {
            assert_eq!(read(Some(odd), Some(odd)), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn no_wait_reaches_the_deadline(
            attempt: u32, asked in prop::option::of(any::<u64>()), left: u64, jitter: f64, code in 100_u16..600,
        ) {
            let left = Duration::from_millis(left);
            let failure = Failure { retry_after: asked.map(Duration::from_millis), ..status(code) };
            if let Decision::RetryAfter(wait) = decide(attempt, u32::MAX, &Outcome::Answered(failure), left, jitter) {
                prop_assert!(wait < left);
            }
        }
    }
}
