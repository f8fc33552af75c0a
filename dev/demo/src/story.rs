//! The instants of the story, counted back from the time of the fill.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

pub(crate) const DAYS: i64 = 90;

/// Amounts in pico-USD.
pub(crate) const USD: i64 = 1_000_000_000_000;

/// What the correction of a price changes.
pub(crate) const CORRECTION: i64 = -1_240 * USD / 100;
/// How much too high that price was: its decimal point slipped.
pub(crate) const WRONG_PRICE_FACTOR: i64 = 10;
/// The hard limit that stops the runaway key, and how many calls it refused.
pub(crate) const RUNAWAY_LIMIT: i64 = 40 * USD;
pub(crate) const RUNAWAY_REFUSALS: i32 = 1_204;
/// The month's budget of the checkout bot, and its share that is used.
pub(crate) const CHECKOUT_BUDGET: i64 = 250 * USD;
pub(crate) const CHECKOUT_USED: f64 = 0.92;

/// The share of calls that the adopted model takes over in the end: about 27 % of spend, and up to a third around the
/// middle of a month, when the checkout bot's budget makes its calls longest.
pub(crate) const ADOPTED_SHARE: f64 = 0.38;
/// Days without calls of the model that has no price. On other days its calls are a second possible cause of each
/// difference with the provider.
const UNPRICED_IS_OFF: [i64; 4] = [18, 19, 20, UNEXPLAINED_DAYS_AGO];
/// The day for which the provider counts less than the ledger.
pub(crate) const UNEXPLAINED_DAYS_AGO: i64 = 33;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Story {
    pub now: DateTime<Utc>,
    pub start: DateTime<Utc>,
}

impl Story {
    pub(crate) fn until(now: DateTime<Utc>) -> Self {
        Self { now, start: now - TimeDelta::days(DAYS) }
    }

    /// The UTC day this many days ago.
    pub(crate) fn day(&self, days_ago: i64) -> NaiveDate {
        self.now.date_naive() - TimeDelta::days(days_ago)
    }

    pub(crate) fn days_ago(&self, at: DateTime<Utc>) -> i64 {
        (self.now.date_naive() - at.date_naive()).num_days()
    }

    fn at(&self, days_ago: i64, hour: i64, minute: i64) -> DateTime<Utc> {
        let midnight = self.day(days_ago).and_time(NaiveTime::MIN).and_utc();
        midnight + TimeDelta::hours(hour) + TimeDelta::minutes(minute)
    }

    /// The first UTC month that is whole.
    pub(crate) fn first_month(&self) -> Range<DateTime<Utc>> {
        let first_day = |at: DateTime<Utc>| {
            let day = at.date_naive();
            (day - TimeDelta::days(i64::from(day.day0()))).and_time(NaiveTime::MIN).and_utc()
        };
        let from = first_day(first_day(self.start) + TimeDelta::days(32));
        from..first_day(from + TimeDelta::days(32))
    }

    /// From its first excess until its limit stops it.
    pub(crate) fn runaway(&self) -> Range<DateTime<Utc>> {
        self.at(12, 9, 0)..self.at(12, 14, 0)
    }

    /// When the provider is down.
    pub(crate) fn outage(&self) -> Range<DateTime<Utc>> {
        self.at(6, 14, 10)..self.at(6, 14, 30)
    }

    /// From when on the wrong price applies until it is corrected.
    pub(crate) fn wrong_price(&self) -> Range<DateTime<Utc>> {
        self.at(20, 6, 0)..self.at(18, 9, 12)
    }

    /// From when on the correction that is undone applies, when it is made and when it is undone.
    pub(crate) fn undone_correction(&self) -> [DateTime<Utc>; 3] {
        [self.at(9, 0, 0), self.at(8, 3, 20), self.at(8, 3, 24)]
    }

    /// When a call ends that would end at `at`: none ends while the mistaken correction stands. It would be billed with
    /// that price, and make its day differ from the provider's.
    pub(crate) fn end_after_mistake(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let [_, made, undone] = self.undone_correction();
        if (made..undone).contains(&at) { at + (undone - made) } else { at }
    }

    pub(crate) fn revocation(&self) -> DateTime<Utc> {
        self.at(49, 8, 30)
    }

    pub(crate) fn expiry(&self) -> DateTime<Utc> {
        self.at(72, 0, 0)
    }

    /// The share of calls of the fading model that are made with the adopted one.
    #[expect(clippy::cast_precision_loss, reason = "minutes of a few weeks")]
    pub(crate) fn adoption(&self, at: DateTime<Utc>) -> f64 {
        let since = at - (self.now - TimeDelta::days(35));
        (since.num_minutes() as f64 / TimeDelta::days(24).num_minutes() as f64).clamp(0.0, 1.0)
            * ADOPTED_SHARE
    }

    /// A Monday on which offices are closed.
    pub(crate) fn is_holiday(&self, day: NaiveDate) -> bool {
        day.weekday() == Weekday::Mon && (30..37).contains(&(self.now.date_naive() - day).num_days())
    }

    pub(crate) fn is_unpriced_off(&self, at: DateTime<Utc>) -> bool {
        UNPRICED_IS_OFF.contains(&self.days_ago(at))
    }
}
