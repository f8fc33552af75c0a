//! How many calls an application makes in each hour.

use std::ops::Range;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};

use crate::applications::{Application, Rhythm, UNPRICED};
use crate::story::{DAYS, Story};

/// Weight of each UTC hour of a workday: offices in Europe, then in America.
const OFFICE: [i64; 24] =
    [20, 14, 10, 9, 12, 22, 42, 70, 92, 100, 100, 94, 90, 98, 100, 98, 92, 82, 68, 56, 46, 38, 30, 24];

/// Small applications make this many calls at a time, as batches and conversations do, and then none for hours.
const LEAST_CALLS: u64 = 5;

/// The calls of one hour, or of the part of it that belongs to the story.
pub(crate) struct Slot {
    pub range: Range<DateTime<Utc>>,
    pub calls: u64,
}

/// Distributes the calls of an application over its hours; none is lost to rounding.
pub(crate) fn slots(story: &Story, application: &Application) -> Vec<Slot> {
    let ranges = hours(story);
    let weights: Vec<i64> = ranges.iter().map(|range| weight(story, application, range)).collect();
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let (mut passed, mut placed) = (0_i128, 0_u64);
    let mut slots = Vec::with_capacity(ranges.len());
    for (range, weight) in ranges.into_iter().zip(weights) {
        passed += i128::from(weight);
        let due = u64::try_from(i128::from(application.calls) * passed / total.max(1)).unwrap_or(placed);
        let is_enough = weight > 0 && (due - placed >= LEAST_CALLS || passed == total);
        let calls = if is_enough { due - placed } else { 0 };
        slots.push(Slot { range, calls });
        placed += calls;
    }
    slots
}

fn hours(story: &Story) -> Vec<Range<DateTime<Utc>>> {
    let mut from = story.start;
    let mut hours = Vec::new();
    while from < story.now {
        let into_hour = TimeDelta::minutes(from.minute().into())
            + TimeDelta::seconds(from.second().into())
            + TimeDelta::nanoseconds(from.nanosecond().into());
        let to = (from - into_hour + TimeDelta::hours(1)).min(story.now);
        hours.push(from..to);
        from = to;
    }
    hours
}

fn weight(story: &Story, application: &Application, range: &Range<DateTime<Utc>>) -> i64 {
    let at = range.start;
    let days_ago = story.days_ago(at);
    let lifetime = application.lifetime;
    if days_ago > lifetime.first_days_ago
        || days_ago < lifetime.last_days_ago
        || (application.model == UNPRICED && story.is_unpriced_off(at))
    {
        return 0;
    }
    let hour = at.hour();
    let by_hour = match application.rhythm {
        Rhythm::Office => OFFICE.get(hour as usize).copied().unwrap_or(1) * workday(story, at),
        Rhythm::Night => i64::from((1..5).contains(&hour)) * 10_000,
        Rhythm::Steady => 10_000,
    };
    let growth = 100 + (DAYS - days_ago) / 3;
    by_hour * growth * (range.end - range.start).num_seconds()
}

fn workday(story: &Story, at: DateTime<Utc>) -> i64 {
    match at.weekday() {
        _ if story.is_holiday(at.date_naive()) => 30,
        Weekday::Sat => 35,
        Weekday::Sun => 28,
        Weekday::Mon | Weekday::Fri => 94,
        _ => 104,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::APPLICATIONS;

    #[test]
    fn every_call_is_placed_within_the_story() {
        for now in ["2026-11-30T00:43:10.5Z", "2027-03-01T00:00:00Z", "2026-10-25T12:59:59Z"] {
            let story = Story::until(now.parse().unwrap());
            for application in APPLICATIONS {
                let slots = slots(&story, &application);
                assert_eq!(slots.iter().map(|slot| slot.calls).sum::<u64>(), application.calls);
                assert_eq!(slots.first().unwrap().range.start, story.start);
                assert_eq!(slots.last().unwrap().range.end, story.now);
            }
        }
    }
}
