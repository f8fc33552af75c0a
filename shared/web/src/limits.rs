//! Limits in response headers: what remains, and when the window resets.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::limits::{Applied, Metric};
use domain::money::PicoUsd;
use http::{HeaderMap, HeaderName, HeaderValue};

/// `x-tokenmeter-budget-remaining-usd` of the tightest budget, and `x-ratelimit-*` of the tightest limits on requests
/// and tokens. Soft limits refuse nothing, so they are not shown. `now` is when the answer leaves.
pub fn limit_headers(limits: &[Applied], now: DateTime<Utc>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let tightest = |metric: Metric| {
        let of_metric = limits.iter().filter(|limit| limit.is_hard && limit.metric == metric);
        of_metric.min_by_key(|limit| limit.remaining())
    };
    let mut insert = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    if let Some(budget) = tightest(Metric::Usd) {
        insert("x-tokenmeter-budget-remaining-usd", PicoUsd::from_pico(budget.remaining()).to_string());
    }
    let rates = [
        (
            Metric::Requests,
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        ),
        (
            Metric::Tokens,
            "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-reset-tokens",
        ),
    ];
    for (metric, limit_name, remaining_name, reset_name) in rates {
        let Some(limit) = tightest(metric) else { continue };
        insert(limit_name, limit.cap.to_string());
        insert(remaining_name, limit.remaining().to_string());
        if let Some(at) = limit.resets_at {
            insert(reset_name, span((at - now).to_std().unwrap_or_default()));
        }
    }
    headers
}

/// As the provider writes it: `17ms`, `1s`, `6m0s`, `1h0m0s`.
fn span(wait: Duration) -> String {
    let (hours, minutes, seconds) = (wait.as_secs() / 3600, wait.as_secs() / 60 % 60, wait.as_secs() % 60);
    match (hours, minutes, seconds) {
        (0, 0, 0) => format!("{}ms", wait.subsec_millis()),
        (0, 0, _) => format!("{seconds}s"),
        (0, _, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_formatted_like_the_providers() {
        let cases = [(17, "17ms"), (1_000, "1s"), (59_999, "59s"), (360_000, "6m0s"), (3_600_000, "1h0m0s")];
        for (millis, text) in cases {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }
}
