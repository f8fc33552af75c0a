//! Random ledgers, and what the endpoints should answer to them: computed row by row, in memory.

mod ledger;
mod prices;
mod sums;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub(crate) use ledger::{insert, random_ledger};
pub(crate) use prices::{Correction, corrected, reversed};
pub(crate) use sums::{Share, Sums, folded, numbers_of, shares};

/// A generator that gives the same numbers for the same seed everywhere.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn count(&mut self, below: u64) -> i64 {
        self.below(below).cast_signed()
    }
}

/// One row of the ledger: a call, or a correction of one.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub id: Uuid,
    pub revision: i16,
    pub created_at: DateTime<Utc>,
    pub label: String,
    pub model: String,
    pub key: Option<Uuid>,
    pub endpoint: String,
    pub status: &'static str,
    pub corrected: Option<&'static str>,
    pub unpriced_change: i64,
    pub input: i64,
    pub output: i64,
    pub cached: i64,
    pub retried: i64,
    pub cost: Option<i64>,
    pub latency: Option<i64>,
    pub team: Option<&'static str>,
    /// Not of the ledger: what a correction of prices changed.
    pub is_entry: bool,
}

impl Row {
    /// Part of the output of a call as it was settled.
    fn reasoning(&self) -> i64 {
        if self.revision == 0 { self.output / 3 } else { 0 }
    }

    /// Whether it is a correction that changes the status.
    pub(crate) fn is_move(&self) -> bool {
        !self.is_entry && self.corrected.is_some_and(|corrected| corrected != self.status)
    }

    /// `None` where it is unknown.
    fn retried_cost(&self) -> Option<i64> {
        if self.retried == 0 { Some(0) } else { self.cost.map(|cost| cost / 2) }
    }
}

pub(crate) const LABELS: [&str; 4] = ["a", "B", "b c", "ü"];
pub(crate) const MODELS: [&str; 3] = ["gpt-4o", "GPT-5", "o3"];
pub(crate) const TEAMS: [Option<&str>; 3] = [None, Some("x"), Some("y")];

/// From which all times of a ledger are.
pub(crate) fn first_day() -> DateTime<Utc> {
    "2026-09-25T00:00:00Z".parse().unwrap()
}

/// After all of them.
pub(crate) fn last_day() -> DateTime<Utc> {
    first_day() + TimeDelta::days(60)
}

/// A time within 55 days: often at a border of buckets, often around a change of some zone's clocks.
pub(crate) fn random_time(rng: &mut Rng) -> DateTime<Utc> {
    let day = match rng.below(4) {
        0 => 30 + rng.below(2), // Europe, on 25 October
        1 => 37 + rng.below(2), // North America, on 1 November
        _ => rng.below(55),
    };
    let micros = rng.below(86_400_000_000);
    let border = *rng.pick(&[1, 1, 900_000_000, 3_600_000_000, 86_400_000_000]);
    first_day()
        + TimeDelta::days(day.cast_signed())
        + TimeDelta::microseconds((micros / border * border).cast_signed())
}
