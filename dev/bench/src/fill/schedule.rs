//! When calls are made: more by day than by night, more on workdays than on weekends, more each month.

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

/// Weight of each UTC hour of a day: offices in Europe, then in America.
const DAY: [u64; 24] =
    [22, 18, 14, 12, 14, 22, 40, 66, 88, 96, 98, 92, 90, 98, 100, 100, 96, 88, 76, 64, 54, 44, 36, 28];

pub(crate) struct Month {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub hours: Vec<Hour>,
}

pub(crate) struct Hour {
    pub starts_at: DateTime<Utc>,
    pub rows: u64,
}

impl Month {
    /// The name of this month's partition, as `maintain` creates it.
    pub(crate) fn table(&self) -> String {
        self.from.format("usage_logs_%Y_%m").to_string()
    }
}

/// Distributes `rows` over the hours of the last `months` months before `until`, including the current one.
pub(crate) fn months(rows: u64, until: DateTime<Utc>, months: u32) -> Option<Vec<Month>> {
    let this_month = until.with_day(1)?.with_time(NaiveTime::MIN).single()?;
    let mut from = this_month.checked_sub_months(Months::new(months.checked_sub(1)?))?;
    let mut all = Vec::new();
    let (mut number, mut weights) = (0, Vec::new());
    while from < until {
        let to = from.checked_add_months(Months::new(1))?;
        let mut hours = Vec::new();
        let mut hour = from;
        // The last hour is not over yet, so it is left out.
        while hour + TimeDelta::hours(1) <= to.min(until) {
            weights.push(weight(hour, number));
            hours.push(Hour { starts_at: hour, rows: 0 });
            hour += TimeDelta::hours(1);
        }
        all.push(Month { from, to, hours });
        (from, number) = (to, number + 1);
    }
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let (mut passed, mut placed) = (0, 0);
    for (hour, weight) in all.iter_mut().flat_map(|month| &mut month.hours).zip(weights) {
        passed += u128::from(weight);
        // Computed from the running sum, so that rounding loses no row.
        let due = u64::try_from(u128::from(rows) * passed / total).ok()?;
        hour.rows = due - placed;
        placed = due;
    }
    Some(all)
}

fn weight(hour: DateTime<Utc>, month: u64) -> u64 {
    let day = match hour.weekday() {
        Weekday::Sat => 35,
        Weekday::Sun => 30,
        Weekday::Mon | Weekday::Fri => 90,
        _ => 100,
    };
    let growth = 100 + 8 * month;
    DAY.get(hour.hour() as usize).copied().unwrap_or(1) * day * growth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_lost_or_in_the_future() {
        let until: DateTime<Utc> = "2026-11-24T10:30:00Z".parse().unwrap();
        let months = months(1_000_003, until, 13).unwrap();
        let hours: Vec<&Hour> = months.iter().flat_map(|month| &month.hours).collect();
        assert_eq!(hours.iter().map(|hour| hour.rows).sum::<u64>(), 1_000_003);
        assert_eq!((months.len(), months[0].table().as_str()), (13, "usage_logs_2025_11"));
        assert_eq!(hours.last().unwrap().starts_at.to_rfc3339(), "2026-11-24T09:00:00+00:00");
    }
}
