//! Whether a limit lasts until it resets, from what its last four weeks used, weekday by weekday.

use chrono::{DateTime, TimeDelta, Utc};

/// Whole days before today that count.
pub const HISTORY_DAYS: usize = 28;
/// With fewer, the pace is unknown.
const MIN_DAYS: usize = 3;
/// With fewer, each day is expected to be like the average.
const MIN_DAYS_FOR_WEEKDAYS: usize = 14;
const WEEK: usize = 7;

/// What is to be expected of a limit's current window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It is used up at this instant, before it resets.
    RunsOut(DateTime<Utc>),
    /// It lasts, with about this much used at the end.
    EndsNear(i64),
    /// There is too little history to tell.
    Unknown,
}

/// Days in the calendar of a limit's time zone, one after the other, and what each used.
#[derive(Debug, Clone, Default)]
pub struct PaceDays {
    /// Before today; the first is the first with a call, at most [`HISTORY_DAYS`] of them.
    pub history: Vec<i64>,
    /// Starts of today and of the days that follow, past the reset.
    pub starts: Vec<DateTime<Utc>>,
}

/// The window as it stands.
#[derive(Debug, Clone, Copy)]
pub struct PaceWindow {
    pub used: i64,
    pub amount: i64,
    pub now: DateTime<Utc>,
    pub resets_at: DateTime<Utc>,
}

impl PaceDays {
    /// Exact but for division, which rounds down: each coming day uses the mean of its weekday, evenly.
    pub fn pace(&self, window: &PaceWindow) -> Pace {
        if self.history.len() < MIN_DAYS {
            return Pace::Unknown;
        }
        if window.used >= window.amount {
            return Pace::RunsOut(window.now);
        }
        let mut total = i128::from(window.used);
        let ends = self.starts.iter().skip(1).copied().chain([window.resets_at]);
        for (ahead, (start, end)) in self.starts.iter().copied().zip(ends).enumerate() {
            let (from, until) = (start.max(window.now), end.min(window.resets_at));
            let day = micros(end - start).max(1);
            let rest = micros(until - from);
            if rest <= 0 {
                continue;
            }
            let used = self.expected(ahead) * rest / day;
            let missing = i128::from(window.amount) - total;
            if used >= missing {
                let at = i64::try_from(rest * missing / used.max(1)).unwrap_or_default();
                return Pace::RunsOut(from + TimeDelta::microseconds(at));
            }
            total += used;
        }
        Pace::EndsNear(i64::try_from(total).unwrap_or(i64::MAX))
    }

    /// What the day so many days after today is expected to use.
    fn expected(&self, ahead: usize) -> i128 {
        let newest_first = self.history.iter().rev().enumerate();
        let is_like = |ago: usize| (ago + 1 + ahead).is_multiple_of(WEEK);
        let is_weekly = self.history.len() >= MIN_DAYS_FOR_WEEKDAYS;
        let days: Vec<i128> = newest_first
            .filter(|(ago, _)| !is_weekly || is_like(*ago))
            .map(|(_, used)| i128::from(*used))
            .collect();
        let count = i128::try_from(days.len()).unwrap_or(i128::MAX).max(1);
        days.iter().sum::<i128>() / count
    }
}

fn micros(length: TimeDelta) -> i128 {
    i128::from(length.num_microseconds().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Wednesday the 25th of November in Berlin, noon; the month ends on Monday.
    fn month(used: i64, amount: i64) -> PaceWindow {
        let (now, resets_at) = (at("2026-11-25T11:00:00Z"), at("2026-11-30T23:00:00Z"));
        PaceWindow { used, amount, now, resets_at }
    }

    /// The last days before that Wednesday, oldest first, by weekday from Monday = 0.
    fn days(count: usize, used: impl Fn(usize) -> i64) -> PaceDays {
        let starts = (0..8).map(|day| at("2026-11-24T23:00:00Z") + TimeDelta::days(day)).collect();
        // Days ago 1 is a Tuesday.
        let history = (1..=count).rev().map(|ago| used((2 + 7 * 100 - ago) % 7)).collect();
        PaceDays { history, starts }
    }

    #[test]
    fn fewer_than_three_days_tell_nothing() {
        assert_eq!(days(2, |_| 5).pace(&month(1, 9)), Pace::Unknown);
        assert_eq!(days(0, |_| 5).pace(&month(9, 9)), Pace::Unknown);
    }

    #[test]
    fn less_than_two_weeks_count_as_their_average() {
        // Half a day of the 25th, two days, and half of the 28th.
        assert_eq!(days(4, |_| 24).pace(&month(0, 72)), Pace::RunsOut(at("2026-11-28T11:00:00Z")));
    }

    #[test]
    fn four_weeks_count_by_weekday() {
        let days = days(28, |weekday| if weekday >= 5 { 0 } else { 10 });
        // The rest of Wednesday 5, Thursday and Friday 10 each, a free weekend, Monday 10.
        assert_eq!(days.pace(&month(0, 100)), Pace::EndsNear(35));
        assert_eq!(days.pace(&month(0, 10)), Pace::RunsOut(at("2026-11-26T11:00:00Z")));
    }

    #[test]
    fn day_of_25_hours_is_as_long_as_it_is() {
        let starts = ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z"].map(at);
        let days = PaceDays { history: vec![25; 4], starts: starts.to_vec() };
        let window = PaceWindow { used: 0, amount: 5, now: starts[0], resets_at: at("2026-10-31T23:00:00Z") };
        assert_eq!(days.pace(&window), Pace::RunsOut(at("2026-10-25T03:00:00Z")));
    }

    #[test]
    fn nothing_overflows_and_what_is_used_up_is_used_up() {
        assert_eq!(days(28, |_| i64::MAX).pace(&month(9, 9)), Pace::RunsOut(month(0, 0).now));
        let most = days(28, |_| i64::MAX).pace(&month(i64::MAX - 1, i64::MAX));
        assert_eq!(most, Pace::RunsOut(month(0, 0).now));
        assert_eq!(days(28, |_| -5).pace(&month(0, 9)), Pace::EndsNear(-27));
    }
}
