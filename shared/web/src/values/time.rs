//! Instants.

use chrono::{DateTime, Datelike, Utc};
use serde::de::{Deserialize, Deserializer, Error};

/// An RFC 3339 time that the database's clock can hold.
#[derive(Debug, Clone, Copy)]
pub struct Instant(pub DateTime<Utc>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // An unescaped plus sign in a query arrives as a space.
        let at = DateTime::parse_from_rfc3339(&text).map_err(|_| {
            D::Error::custom(
                "must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)",
            )
        })?;
        let at = at.to_utc();
        if (1970..=9999).contains(&at.year()) {
            return Ok(Self(at));
        }
        Err(D::Error::custom("must be in the years 1970 to 9999"))
    }
}
