//! Values of requests that several endpoints read.

use chrono::{DateTime, Datelike, Utc};

/// An RFC 3339 time that the database's clock can hold, or what it must be.
pub fn parse_instant(text: &str) -> Result<DateTime<Utc>, String> {
    // An unescaped plus sign in a query arrives as a space.
    let at = DateTime::parse_from_rfc3339(text)
        .map_err(|_| {
            "must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)"
                .to_owned()
        })?
        .to_utc();
    if (1970..=9999).contains(&at.year()) {
        Ok(at)
    } else {
        Err("must be in the years 1970 to 9999".to_owned())
    }
}
