//! Providers whose prices follow the hour: a tier `peak` beside the default one.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::tier::{DEFAULT, canonical_tier};
use crate::provider::Provider;

/// What rows of the dearer hours are for.
pub(super) const PEAK: &str = "peak";

/// When a provider's rates are higher, in UTC.
struct PeakHours {
    provider: &'static str,
    /// In seconds since 1970.
    since: i64,
    /// From Monday to Friday, each from its first hour to before its last one.
    hours: &'static [(u32, u32)],
}

/// Public holidays of China, which the provider leaves out, are not known here: they have the higher price, too.
const PEAK_HOURS: [PeakHours; 1] = [PeakHours {
    provider: "deepseek",
    // 2026-08-16 16:00
    since: 1_786_896_000,
    hours: &[(1, 4), (6, 10)],
}];

/// Whether a provider has such hours.
pub(super) fn has_peak(provider: &Provider) -> bool {
    PEAK_HOURS.iter().any(|peak| peak.provider == provider.as_str())
}

/// Whether a call that starts at this instant has the higher price.
pub(super) fn is_peak(provider: &Provider, at: DateTime<Utc>) -> bool {
    let Some(peak) = PEAK_HOURS.iter().find(|peak| peak.provider == provider.as_str()) else { return false };
    let is_weekday = at.weekday().number_from_monday() <= 5;
    at.timestamp() >= peak.since
        && is_weekday
        && peak.hours.iter().any(|(from, to)| (*from..*to).contains(&at.hour()))
}

/// The tier of a call that started at this instant: the answered one or, where the provider decides by the hour and
/// names no tier of its own, that of the hour.
pub fn hourly_tier<'a>(
    provider: &Provider,
    answered: Option<&'a str>,
    started_at: DateTime<Utc>,
) -> Option<&'a str> {
    let is_open = canonical_tier(provider, answered) == DEFAULT;
    if is_open && is_peak(provider, started_at) { Some(PEAK) } else { answered }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier_at(provider: &str, at: &str) -> Option<&'static str> {
        hourly_tier(&Provider::parse(provider).unwrap(), None, at.parse().unwrap())
    }

    #[test]
    fn deepseek_is_dearer_on_weekdays_in_its_hours() {
        for (at, tier) in [
            // A Monday.
            ("2026-11-30T00:59:59.999999Z", None),
            ("2026-11-30T01:00:00Z", Some(PEAK)),
            ("2026-11-30T03:59:59.999999Z", Some(PEAK)),
            ("2026-11-30T04:00:00Z", None),
            ("2026-11-30T05:59:59.999999Z", None),
            ("2026-11-30T06:00:00Z", Some(PEAK)),
            ("2026-11-30T09:59:59.999999Z", Some(PEAK)),
            ("2026-11-30T10:00:00Z", None),
            // The day is that of UTC: in Beijing it is Saturday.
            ("2026-12-04T23:00:00Z", None),
            ("2026-12-04T09:00:00Z", Some(PEAK)),
            ("2026-12-05T02:00:00Z", None),
            ("2026-12-06T07:00:00Z", None),
            ("2026-12-07T02:00:00+00:00", Some(PEAK)),
            // In another offset it is the same instant.
            ("2026-11-30T09:00:00+08:00", Some(PEAK)),
            ("2026-11-30T02:00:00+02:00", None),
            // Before the rule: a Friday. Its first day was a Sunday.
            ("2026-08-14T02:00:00Z", None),
            ("2026-08-16T16:00:00Z", None),
            ("2026-08-17T01:00:00Z", Some(PEAK)),
        ] {
            assert_eq!(tier_at("deepseek", at), tier, "{at}");
        }
        assert_eq!(tier_at("openai", "2026-11-30T02:00:00Z"), None);
    }

    #[test]
    fn tier_that_an_answer_names_is_not_replaced() {
        let at = "2026-11-30T02:00:00Z".parse().unwrap();
        let deepseek = Provider::parse("deepseek").unwrap();
        for (answered, tier) in [
            (None, Some(PEAK)),
            (Some("default"), Some(PEAK)),
            (Some(""), Some(PEAK)),
            (Some("flex"), Some("flex")),
        ] {
            assert_eq!(hourly_tier(&deepseek, answered, at), tier, "{answered:?}");
        }
    }
}
