//! Instants and dates.

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, TimeDelta, Utc};
use serde::de::{Deserialize, Deserializer, Error};

/// An RFC 3339 time that the database's clock can hold: in whole microseconds, rounded up. A time between two ticks of
/// that clock is before exactly the rows that the later tick is before, so half-open ranges stay exact.
#[derive(Debug, Clone, Copy)]
pub struct Instant(pub DateTime<Utc>);

const MICROSECOND_DIGITS: usize = 6;

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // An unescaped plus sign in a query arrives as a space.
        let at = DateTime::parse_from_rfc3339(&text).map_err(|_| {
            D::Error::custom(
                "must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)",
            )
        })?;
        // Read as the second before with a fraction above one, which the database's clock does not have.
        if at.timestamp_subsec_nanos() >= 1_000_000_000 {
            return Err(D::Error::custom("must not be a leap second; use the second before or after it"));
        }
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let mut finer = fraction.bytes().take_while(u8::is_ascii_digit).skip(MICROSECOND_DIGITS);
        let rounding = TimeDelta::microseconds(i64::from(finer.any(|digit| digit != b'0')));
        let at = at.to_utc().trunc_subsecs(6) + rounding;
        if (1970..=9999).contains(&at.year()) {
            return Ok(Self(at));
        }
        Err(D::Error::custom("must be in the years 1970 to 9999"))
    }
}

/// A date without a time, of the years that instants have.
#[derive(Debug, Clone, Copy)]
pub struct Date(pub NaiveDate);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // chrono also reads 2026-1-1 and +2026-01-01.
        let is_written_out =
            text.len() == "2026-11-01".len() && text.starts_with(|first: char| first.is_ascii_digit());
        let date = text.parse().ok().filter(|_| is_written_out);
        let date: NaiveDate = date.ok_or_else(|| D::Error::custom("must be a date such as 2026-11-01"))?;
        if (1970..=9999).contains(&date.year()) {
            return Ok(Self(date));
        }
        Err(D::Error::custom("must be in the years 1970 to 9999"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let instant: Result<Instant, _> = serde_json::from_value(text.into());
        instant.map(|at| at.0.to_rfc3339()).map_err(|error| error.to_string())
    }

    #[test]
    fn times_finer_than_a_microsecond_are_rounded_up() {
        for (text, expected) in [
            ("2026-11-01T00:00:00.123456Z", "2026-11-01T00:00:00.123456+00:00"),
            ("2026-11-01T00:00:00.123456000Z", "2026-11-01T00:00:00.123456+00:00"),
            ("2026-11-01T00:00:00.123456001Z", "2026-11-01T00:00:00.123457+00:00"),
            ("2026-11-01T00:00:00.999999999Z", "2026-11-01T00:00:01+00:00"),
            // Finer than a nanosecond, and in another zone.
            ("2026-10-31T23:59:59.9999990000001Z", "2026-11-01T00:00:00+00:00"),
            ("2026-11-01T02:00:00.0000000000001+02:00", "2026-11-01T00:00:00.000001+00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(read("9999-12-31T23:59:59.999999Z").is_ok());
        let error = read("9999-12-31T23:59:59.9999991Z").unwrap_err();
        assert!(error.contains("must be in the years 1970 to 9999"), "{error}");
    }

    #[test]
    fn dates_are_written_out() {
        let read = |text: &str| {
            let date: Result<Date, _> = serde_json::from_value(text.into());
            date.map(|date| date.0.to_string()).map_err(|error| error.to_string())
        };
        for text in ["2027-01-31", "1970-01-01", "9999-12-31", "2028-02-29"] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        for text in
            ["", "2027-1-31", "2027-02-29", "+2027-01-31", "2027-01-31T00:00:00Z", "31.01.2027", "-027-01-31"]
        {
            assert_eq!(read(text).unwrap_err(), "must be a date such as 2026-11-01", "{text}");
        }
        for text in ["1969-12-31", "0000-01-01"] {
            assert_eq!(read(text).unwrap_err(), "must be in the years 1970 to 9999", "{text}");
        }
    }
}
