//! When calls are made: more by day than by night, more on workdays than on weekends, more each month.

use chrono::{DateTime, Datelike, DurationRound, Months, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

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

/// The beginning of the first of `months` months before `until`, including the current one.
pub(crate) fn first_month(until: DateTime<Utc>, months: u32) -> Option<DateTime<Utc>> {
    month_of(until)?.checked_sub_months(Months::new(months.checked_sub(1)?))
}

/// The beginning of the first of `hours` whole hours before `until`.
pub(crate) fn hours_before(until: DateTime<Utc>, hours: u32) -> Option<DateTime<Utc>> {
    until.duration_trunc(TimeDelta::hours(1)).ok()?.checked_sub_signed(TimeDelta::hours(hours.into()))
}

fn month_of(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    at.with_day(1)?.with_time(NaiveTime::MIN).single()
}

/// Distributes `rows` over the whole hours between `begin` and `until`.
pub(crate) fn months(rows: u64, begin: DateTime<Utc>, until: DateTime<Utc>) -> Option<Vec<Month>> {
    let mut from = month_of(begin)?;
    let mut all = Vec::new();
    let (mut number, mut weights) = (0, Vec::new());
    while from < until {
        let to = from.checked_add_months(Months::new(1))?;
        let mut hours = Vec::new();
        let mut hour = from.max(begin);
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
    if total == 0 {
        return None;
    }
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
        let months = months(1_000_003, first_month(until, 13).unwrap(), until).unwrap();
        let hours: Vec<&Hour> = months.iter().flat_map(|month| &month.hours).collect();
        assert_eq!(hours.iter().map(|hour| hour.rows).sum::<u64>(), 1_000_003);
        assert_eq!((months.len(), months[0].table().as_str()), (13, "usage_logs_2025_11"));
        assert_eq!(hours.last().unwrap().starts_at.to_rfc3339(), "2026-11-24T09:00:00+00:00");
    }

    #[test]
    fn hours_are_the_last_whole_ones_also_across_months() {
        let until: DateTime<Utc> = "2026-12-01T01:30:00Z".parse().unwrap();
        let months = months(1_000, hours_before(until, 3).unwrap(), until).unwrap();
        let hours: Vec<(&str, String, bool)> = months
            .iter()
            .flat_map(|month| month.hours.iter().map(|hour| (month.table(), hour)))
            .map(|(table, hour)| {
                (if table.ends_with("11") { "11" } else { "12" }, hour.starts_at.to_rfc3339(), hour.rows > 0)
            })
            .collect();
        let at = |text: &str| text.to_owned();
        assert_eq!(
            hours,
            [
                ("11", at("2026-11-30T22:00:00+00:00"), true),
                ("11", at("2026-11-30T23:00:00+00:00"), true),
                ("12", at("2026-12-01T00:00:00+00:00"), true),
            ]
        );
    }
}
