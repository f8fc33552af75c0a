//! Sums of rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Row;

/// What a group's calls add up to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    pub calls: i64,
    pub failed: i64,
    pub estimated: i64,
    pub abandoned: i64,
    pub unpriced: i64,
    pub input: i64,
    pub output: i64,
    pub cached: i64,
    pub reasoning: i64,
    pub retried: i64,
    pub retried_cost: i128,
    pub cost: Option<i128>,
    pub latencies: Vec<i64>,
}

impl Sums {
    pub(crate) fn add(&mut self, row: &Row) {
        self.add_signed(row, 1);
    }

    pub(crate) fn add_signed(&mut self, row: &Row, sign: i64) {
        let is = |status: Option<&str>, one_of: &[&str]| {
            i64::from(status.is_some_and(|status| one_of.contains(&status)))
        };
        let turn = |one_of: &[&str]| is(Some(row.status), one_of) - is(row.corrected, one_of);
        self.calls += sign * i64::from(row.revision == 0);
        self.failed += sign * turn(&["failed"]);
        self.estimated += sign * turn(&["estimated", "abandoned"]);
        self.abandoned += sign * turn(&["abandoned"]);
        self.unpriced += sign * (i64::from(row.cost.is_none()) + row.unpriced_change);
        self.input += sign * row.input;
        self.output += sign * row.output;
        self.cached += sign * row.cached;
        self.reasoning += sign * row.reasoning();
        self.retried += sign * row.retried;
        self.retried_cost += i128::from(sign * row.retried_cost().unwrap_or_default());
        if let Some(cost) = row.cost {
            self.cost = Some(self.cost.unwrap_or_default() + i128::from(sign * cost));
        }
        assert!(sign > 0 || row.latency.is_none(), "only abandoned calls, which have none, move");
        self.latencies.extend(row.latency);
    }

    /// Whether an answer may leave the group out: its rows cancel each other out.
    pub(crate) fn is_nothing(&self) -> bool {
        let known = Self { cost: self.known_cost(), ..self.clone() };
        known == Self::default()
    }

    /// A cost of 0 where no call is priced is not known.
    fn known_cost(&self) -> Option<i128> {
        self.cost.filter(|cost| *cost != 0 || self.calls > self.unpriced)
    }

    /// The group's numbers as an answer has them, percentiles apart.
    pub(crate) fn numbers(&self) -> Value {
        json!([
            self.calls,
            self.failed,
            self.estimated,
            self.unpriced,
            self.input,
            self.output,
            self.cached,
            self.known_cost().map(usd),
            self.reasoning,
            self.abandoned,
            self.calls,
            self.retried,
            (self.retried == 0 || self.retried_cost != 0).then(|| usd(self.retried_cost)),
        ])
    }

    pub(crate) fn percentile(&self, q: f64) -> Option<i64> {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let index = ((q * sorted.len() as f64).ceil() as usize).max(1) - 1;
        sorted.get(index).copied()
    }
}

fn usd(pico: i128) -> String {
    domain::money::PicoUsdSum::from_pico(pico).to_string()
}

/// The same of an answer.
pub(crate) fn numbers_of(answer: &Value) -> Value {
    let fields = [
        "calls",
        "failed_calls",
        "estimated_calls",
        "unpriced_calls",
        "total_input_tokens",
        "total_output_tokens",
        "total_cached_tokens",
        "cost_usd",
        "total_reasoning_tokens",
    ];
    let details = ["abandoned_calls", "attempts", "retried_input_tokens", "retried_cost_usd"];
    let details = details.iter().map(|field| answer["details"][*field].clone());
    fields.iter().map(|field| answer[*field].clone()).chain(details).collect()
}

/// What a ledger row adds to a group at an instant: itself, or, where a correction changes the status, each earlier row
/// of the call to the new status and from the old one.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub at: DateTime<Utc>,
    pub status: &'static str,
    pub row: Row,
    pub sign: i64,
}

pub(crate) fn shares(rows: &[Row], by_status: bool) -> Vec<Share> {
    let own = |row: &Row| Share { at: row.created_at, status: row.status, row: row.clone(), sign: 1 };
    let mut shares: Vec<Share> = rows.iter().map(own).collect();
    let moves = rows.iter().filter(|row| by_status && row.is_move());
    for correction in moves {
        let earlier = rows.iter().filter(|row| row.id == correction.id && row.revision < correction.revision);
        for row in earlier.filter(|row| !row.is_entry) {
            for (sign, status) in [(-1, correction.corrected.unwrap()), (1, correction.status)] {
                shares.push(Share { at: correction.created_at, status, row: row.clone(), sign });
            }
        }
    }
    shares
}

/// Calls as they stand at an instant, by id.
pub(crate) fn folded(rows: &[Row], until: DateTime<Utc>) -> BTreeMap<Uuid, (Row, Sums)> {
    let mut calls: BTreeMap<Uuid, (Row, Sums)> = BTreeMap::new();
    // Revisions of a call follow one another.
    for row in rows.iter().filter(|row| row.created_at < until) {
        let (call, sums) = calls.entry(row.id).or_insert_with(|| (row.clone(), Sums::default()));
        call.status = row.status;
        sums.add(row);
    }
    calls
}
