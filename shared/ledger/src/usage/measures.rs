//! Sums and distributions of a group of calls.

use chrono::{DateTime, Utc};
use domain::money::PicoUsdSum;
use tokio_postgres::Row;

use super::counts::{CountColumns, Counts};
use super::histogram::Histogram;
use crate::DbError;

/// Sums over calls, corrections included.
#[derive(Debug, Clone, Default)]
pub struct Measures {
    pub counts: Counts,
    /// Of the priced calls; `None` where there are none.
    pub cost: Option<PicoUsdSum>,
    /// Of attempts that failed, as far as it is known.
    known_retried_cost: PicoUsdSum,
    pub last_call_at: Option<DateTime<Utc>>,
    pub latency: Distribution,
    pub first_byte: Distribution,
    pub overhead: Distribution,
}

/// The distribution of a duration over calls.
#[derive(Debug, Clone, Default)]
pub struct Distribution {
    histogram: Histogram,
    bounds_us: Option<(i32, i32)>,
}

/// Where the measures are in the rows of one response: looking for their names in each row takes longer than reading
/// it. What a statement leaves out is 0 or nothing.
#[derive(Debug)]
pub(super) struct Columns {
    counts: CountColumns,
    cost: Option<usize>,
    retried_cost: Option<usize>,
    last_call_at: Option<usize>,
    latency: Option<[usize; 3]>,
    first_byte: Option<[usize; 3]>,
    overhead: Option<[usize; 3]>,
}

impl Columns {
    pub(super) fn of(row: &Row) -> Self {
        let distribution = |name: &str| {
            let [min, max, histogram] =
                ["min_us", "max_us", "histogram"].map(|part| column(row, &format!("{name}_{part}")));
            Some([min?, max?, histogram?])
        };
        Self {
            counts: CountColumns::of(row),
            cost: column(row, "cost_pico_usd"),
            retried_cost: column(row, "retried_cost_pico_usd"),
            last_call_at: column(row, "last_call_at"),
            latency: distribution("latency"),
            first_byte: distribution("first_byte"),
            overhead: distribution("overhead"),
        }
    }
}

pub(super) fn column(row: &Row, name: &str) -> Option<usize> {
    row.columns().iter().position(|column| column.name() == name)
}

impl Distribution {
    fn from_row(row: &Row, columns: Option<[usize; 3]>) -> Self {
        let Some([min, max, histogram]) = columns else { return Self::default() };
        Self {
            histogram: row.get::<_, Option<Histogram>>(histogram).unwrap_or_default(),
            bounds_us: row.get::<_, Option<i32>>(min).zip(row.get(max)),
        }
    }

    /// The percentile in milliseconds, within 5 % of the exact one; `None` where there is no value.
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let (min, max) = self.bounds_us?;
        let micros = self.histogram.quantile(q)?.clamp(f64::from(min), f64::from(max));
        Some(micros.round() / 1000.0)
    }

    fn add(&mut self, other: &Self) {
        self.histogram.add(&other.histogram);
        let bounds = [self.bounds_us, other.bounds_us].into_iter().flatten();
        self.bounds_us = bounds.reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)));
    }

    fn subtract(&mut self, other: &Self) {
        self.histogram.subtract(&other.histogram);
    }
}

impl Measures {
    pub(super) fn from_row(row: &Row, columns: &Columns) -> Result<Self, DbError> {
        let mut measures = Self {
            counts: Counts::from_row(row, &columns.counts),
            cost: amount(row, columns.cost)?,
            known_retried_cost: amount(row, columns.retried_cost)?.unwrap_or(PicoUsdSum::ZERO),
            last_call_at: columns.last_call_at.and_then(|at| row.get(at)),
            latency: Distribution::from_row(row, columns.latency),
            first_byte: Distribution::from_row(row, columns.first_byte),
            overhead: Distribution::from_row(row, columns.overhead),
        };
        measures.forget_cost_of_nothing();
        Ok(measures)
    }

    /// With what corrections of prices changed.
    pub(super) fn reprice(&mut self, change: PicoUsdSum, unpriced_change: i64) {
        self.counts.unpriced_calls += unpriced_change;
        self.cost = Some(PicoUsdSum::from_pico(self.cost.map_or(0, PicoUsdSum::as_pico) + change.as_pico()));
        self.forget_cost_of_nothing();
    }

    /// Whether these are the sums of no ledger row, or of rows that cancel each other out.
    pub(super) fn is_nothing(&self) -> bool {
        let distributions = [&self.latency, &self.first_byte, &self.overhead];
        self.counts == Counts::default()
            && self.cost.is_none()
            && self.known_retried_cost.as_pico() == 0
            && distributions.iter().all(|distribution| distribution.histogram.is_empty())
    }

    /// Where no call is priced, a cost of 0 is not known: a correction of a call of unknown cost adds 0, and so does a
    /// difference of costs.
    fn forget_cost_of_nothing(&mut self) {
        self.cost =
            self.cost.filter(|cost| cost.as_pico() != 0 || self.counts.calls > self.counts.unpriced_calls);
    }

    /// The cost of failed attempts, as far as it is known. `None` if tokens were spent and none of their cost is known.
    pub fn retried_cost(&self) -> Option<PicoUsdSum> {
        let has_retries = self.counts.retried_input_tokens != 0 || self.counts.retried_output_tokens != 0;
        Some(self.known_retried_cost).filter(|cost| cost.as_pico() != 0 || !has_retries)
    }

    /// The sums of these calls and those of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        let costs = [self.cost, other.cost].into_iter().flatten();
        self.cost = costs.reduce(|one, two| PicoUsdSum::from_pico(one.as_pico() + two.as_pico()));
        self.known_retried_cost =
            PicoUsdSum::from_pico(self.known_retried_cost.as_pico() + other.known_retried_cost.as_pico());
        self.last_call_at = self.last_call_at.max(other.last_call_at);
        self.latency.add(&other.latency);
        self.first_byte.add(&other.first_byte);
        self.overhead.add(&other.overhead);
        self.forget_cost_of_nothing();
    }

    /// Takes the sums of `other` away, whose calls must be among these.
    pub(super) fn subtract(&mut self, other: &Self) {
        let pico = |cost: Option<PicoUsdSum>| cost.map_or(0, PicoUsdSum::as_pico);
        self.counts = self.counts.without(&other.counts);
        self.cost = Some(PicoUsdSum::from_pico(pico(self.cost) - pico(other.cost)));
        self.known_retried_cost =
            PicoUsdSum::from_pico(self.known_retried_cost.as_pico() - other.known_retried_cost.as_pico());
        self.latency.subtract(&other.latency);
        self.first_byte.subtract(&other.first_byte);
        self.overhead.subtract(&other.overhead);
        self.forget_cost_of_nothing();
    }
}

fn amount(row: &Row, column: Option<usize>) -> Result<Option<PicoUsdSum>, DbError> {
    column.map_or(Ok(None), |at| parse_amount(row.get(at)))
}

pub(super) fn money(row: &Row, column: &str) -> Result<Option<PicoUsdSum>, DbError> {
    parse_amount(row.get(column))
}

fn parse_amount(text: Option<&str>) -> Result<Option<PicoUsdSum>, DbError> {
    let parsed = text.map(PicoUsdSum::from_pico_text).transpose();
    parsed.map_err(|_| DbError::Unexpected("a malformed sum"))
}
