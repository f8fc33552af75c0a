//! One count of a usage object. It may be missing, zero, usable, or a value that no call can have; each case is kept
//! apart.

use domain::usage::UsageReport;

use crate::json::as_present;

#[derive(Clone, Copy)]
pub(super) enum Count {
    Absent,
    Zero,
    Known(i64),
    /// Negative, fractional, larger than any call, or no number.
    Unreadable,
}

impl Count {
    pub(super) fn read(value: &str) -> Self {
        if as_present(value).is_none() {
            return Self::Absent;
        }
        let count = value.parse::<i64>().ok().or_else(|| whole(value));
        match count {
            Some(0) => Self::Zero,
            Some(count) => UsageReport::believable(count).map_or(Self::Unreadable, Self::Known),
            None => Self::Unreadable,
        }
    }

    pub(super) fn known(self) -> Option<i64> {
        match self {
            Self::Known(count) => Some(count),
            _ => None,
        }
    }
}

/// A whole number in another notation, such as `12.0` or `1e2`.
fn whole(value: &str) -> Option<i64> {
    let number = value.parse::<f64>().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and such a count is not believed")]
    (number.fract() == 0.0).then_some(number as i64)
}
