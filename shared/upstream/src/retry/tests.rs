use proptest::prelude::*;

use super::*;

const LONG: Duration = Duration::from_mins(10);

fn status(status: u16) -> ErrorResponse<'static> {
    ErrorResponse { status, ..ErrorResponse::default() }
}

fn decided(failure: ErrorResponse<'_>) -> Decision {
    decide(1, 2, &AttemptOutcome::Responded(failure), LONG, 0.5)
}

#[test]
fn only_transient_failures_are_retried() {
    for code in [408, 409, 429, 500, 502, 503, 504, 529] {
        assert_eq!(decided(status(code)), Decision::RetryAfter(Duration::from_millis(250)), "{code}");
    }
    for code in [200, 301, 400, 401, 403, 404, 413, 422] {
        assert_eq!(decided(status(code)), Decision::GiveUp, "{code}");
    }
    let first = |outcome| decide(1, 2, &outcome, LONG, 0.5);
    assert!(matches!(first(AttemptOutcome::NotConnected), Decision::RetryAfter(_)));
    assert_eq!(first(AttemptOutcome::NoResponse), Decision::GiveUp);
    assert_eq!(first(AttemptOutcome::NotSent), Decision::GiveUp);
}

#[test]
fn what_was_not_refused_may_be_billed() {
    let may_be_billed = |code| AttemptOutcome::Responded(status(code)).may_be_billed();
    for code in [408, 502, 504, 520, 522, 524] {
        assert!(may_be_billed(code), "{code}");
    }
    for code in [301, 400, 401, 403, 404, 409, 413, 422, 429, 500, 501, 503, 505, 521, 523, 525, 526, 529] {
        assert!(!may_be_billed(code), "{code}");
    }
    let filtered = ErrorResponse { error_code: Some("content_filter"), ..status(400) };
    assert!(AttemptOutcome::Responded(filtered).may_be_billed());
    assert!(AttemptOutcome::NoResponse.may_be_billed());
    assert!(!AttemptOutcome::NotConnected.may_be_billed());
    assert!(!AttemptOutcome::NotSent.may_be_billed());
}

#[test]
fn exhausted_quota_is_recognised_by_type_or_code() {
    for code in EXHAUSTED_QUOTA_CODES {
        assert_eq!(
            decided(ErrorResponse { error_code: Some(code), ..status(429) }),
            Decision::GiveUp,
            "{code}"
        );
    }
    let by_type = ErrorResponse { error_type: Some("insufficient_quota"), ..status(429) };
    assert_eq!(decided(by_type), Decision::GiveUp);
    for should_retry in [Some(true), Some(false), None] {
        let asking = ErrorResponse { should_retry, ..by_type };
        assert_eq!(decided(asking), Decision::GiveUp, "{should_retry:?}");
    }
    let by_rate = ErrorResponse { error_code: Some("rate_limit_exceeded"), ..status(429) };
    assert!(matches!(decided(by_rate), Decision::RetryAfter(_)));
}

#[test]
fn should_retry_header_overrides_the_status() {
    let no = ErrorResponse { should_retry: Some(false), ..status(503) };
    assert_eq!(decided(no), Decision::GiveUp);
    let yes = ErrorResponse { should_retry: Some(true), ..status(400) };
    assert!(matches!(decided(yes), Decision::RetryAfter(_)));
    let not_an_error = ErrorResponse { should_retry: Some(true), ..status(200) };
    assert_eq!(decided(not_an_error), Decision::GiveUp);
}

#[test]
fn waits_double_up_to_a_ceiling() {
    let waits: Vec<u128> = [1, 2, 3, 4, 5, 6, 99, u32::MAX]
        .map(|attempt| match decide(attempt, u32::MAX, &AttemptOutcome::NotConnected, LONG, 1.0) {
            Decision::RetryAfter(wait) => wait.as_millis(),
            Decision::GiveUp => 0,
        })
        .to_vec();
    assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]);
}

#[test]
fn retries_are_counted_from_the_first_attempt() {
    let outcome = AttemptOutcome::NotConnected;
    assert_eq!(decide(1, 0, &outcome, LONG, 0.0), Decision::GiveUp);
    assert!(matches!(decide(2, 2, &outcome, LONG, 0.0), Decision::RetryAfter(_)));
    assert_eq!(decide(3, 2, &outcome, LONG, 0.0), Decision::GiveUp);
}

#[test]
fn requested_wait_is_kept_if_there_is_time_for_it() {
    let asking = |wait| AttemptOutcome::Responded(ErrorResponse { retry_after: Some(wait), ..status(429) });
    let wait = Duration::from_secs(20);
    assert_eq!(decide(1, 2, &asking(wait), LONG, 0.5), Decision::RetryAfter(wait));
    assert_eq!(decide(1, 2, &asking(wait), wait, 0.5), Decision::GiveUp);
    // A requested wait of zero would not relieve an overload.
    let own = Decision::RetryAfter(Duration::from_millis(250));
    assert_eq!(decide(1, 2, &asking(Duration::ZERO), LONG, 0.5), own);
}

#[test]
fn retry_after_is_read_in_all_its_forms() {
    let now: DateTime<Utc> = "2026-11-23T07:28:00Z".parse().unwrap();
    let read = |ms, seconds| parse_retry_after(ms, seconds, now);
    assert_eq!(read(Some("1500"), Some("9")), Some(Duration::from_millis(1_500)));
    assert_eq!(read(Some("soon"), Some(" 9 ")), Some(Duration::from_secs(9)));
    assert_eq!(read(None, Some("0.5")), Some(Duration::from_millis(500)));
    assert_eq!(read(None, Some("Mon, 23 Nov 2026 07:28:30 GMT")), Some(Duration::from_secs(30)));
    assert_eq!(read(None, Some("Mon, 23 Nov 2026 07:27:30 GMT")), Some(Duration::ZERO));
    assert_eq!(read(None, Some("Monday, 23-Nov-26 07:28:30 GMT")), Some(Duration::from_secs(30)));
    assert_eq!(read(None, Some("Mon Nov 23 07:28:30 2026")), Some(Duration::from_secs(30)));
    for date in [
        "Mon, 23 Nov 2026 07:28:30 +0000",
        "Mon, 23 Nov 2026 07:28:30 UT",
        "23 Nov 2026 08:28:30 +0100",
        "2026-11-23T07:28:30Z",
        "2026-11-23T08:28:30+01:00",
    ] {
        assert_eq!(read(None, Some(date)), Some(Duration::from_secs(30)), "{date}");
    }
    assert_eq!(
        read(None, Some("Tue, 23 Nov 9999 07:28:30 GMT")).map(|wait| wait > Duration::from_mins(1)),
        Some(true)
    );
    for odd in [
        "30s",
        "1_000",
        "0x10",
        "2026-11-23",
        "Mon, 31 Feb 2026 07:28:30 GMT",
        "-1",
        "NaN",
        "inf",
        "1e300",
        "",
        "later",
    ] {
        assert_eq!(read(Some(odd), Some(odd)), None, "{odd}");
    }
}

proptest! {
    #[test]
    fn no_wait_exceeds_the_time_left(
        attempt: u32, requested in prop::option::of(any::<u64>()), left: u64, jitter: f64, code in 100_u16..600,
    ) {
        let left = Duration::from_millis(left);
        let failure = ErrorResponse { retry_after: requested.map(Duration::from_millis), ..status(code) };
        if let Decision::RetryAfter(wait) = decide(attempt, u32::MAX, &AttemptOutcome::Responded(failure), left, jitter) {
            prop_assert!(wait < left);
        }
    }
}
