//! Sums and distributions of a group of calls.

use chrono::{DateTime, Utc};
use domain::money::PicoUsdSum;
use tokio_postgres::Row;

use super::histogram::Histogram;
use crate::DbError;

/// Declares the counts once: as fields, as columns of a row, and in differences.
macro_rules! counts {
    ($($(#[$doc:meta])* $count:ident,)+) => {
        /// Sums of integers over calls.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $count: i64,)+
        }

        impl Counts {
            fn from_row(row: &Row) -> Self {
                Self { $($count: row.get(stringify!($count)),)+ }
            }

            fn without(&self, other: &Self) -> Self {
                Self { $($count: self.$count - other.$count,)+ }
            }
        }
    };
}

counts! {
    calls,
    failed_calls,
    estimated_calls,
    abandoned_calls,
    unpriced_calls,
    attempts,
    input_tokens,
    cached_tokens,
    cache_write_tokens,
    cache_write_long_tokens,
    audio_input_tokens,
    cached_audio_tokens,
    output_tokens,
    reasoning_tokens,
    audio_output_tokens,
    image_output_tokens,
    /// Of attempts that failed and were tried again, inside the totals.
    retried_input_tokens,
    retried_output_tokens,
}

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

impl Distribution {
    fn from_row(row: &Row, name: &str) -> Self {
        let bound = |end: &str| row.get::<_, Option<i32>>(format!("{name}_{end}_us").as_str());
        Self {
            histogram: row
                .get::<_, Option<Histogram>>(format!("{name}_histogram").as_str())
                .unwrap_or_default(),
            bounds_us: bound("min").zip(bound("max")),
        }
    }

    /// The percentile in milliseconds, within 5 % of the exact one; `None` where there is no value.
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let (min, max) = self.bounds_us?;
        let micros = self.histogram.quantile(q)?.clamp(f64::from(min), f64::from(max));
        Some(micros.round() / 1000.0)
    }

    fn without(&self, other: &Self) -> Self {
        Self { histogram: self.histogram.without(&other.histogram), bounds_us: self.bounds_us }
    }
}

impl Measures {
    pub(super) fn from_row(row: &Row) -> Result<Self, DbError> {
        let mut measures = Self {
            counts: Counts::from_row(row),
            cost: money(row, "cost_pico_usd")?,
            known_retried_cost: money(row, "retried_cost_pico_usd")?.unwrap_or(PicoUsdSum::ZERO),
            last_call_at: row.get("last_call_at"),
            latency: Distribution::from_row(row, "latency"),
            first_byte: Distribution::from_row(row, "first_byte"),
            overhead: Distribution::from_row(row, "overhead"),
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

    /// The sums without those of `other`, whose calls must be among these.
    #[must_use]
    pub(super) fn without(&self, other: &Self) -> Self {
        let pico = |cost: Option<PicoUsdSum>| cost.map_or(0, PicoUsdSum::as_pico);
        let mut left = Self {
            counts: self.counts.without(&other.counts),
            cost: Some(PicoUsdSum::from_pico(pico(self.cost) - pico(other.cost))),
            known_retried_cost: PicoUsdSum::from_pico(
                self.known_retried_cost.as_pico() - other.known_retried_cost.as_pico(),
            ),
            last_call_at: self.last_call_at,
            latency: self.latency.without(&other.latency),
            first_byte: self.first_byte.without(&other.first_byte),
            overhead: self.overhead.without(&other.overhead),
        };
        left.forget_cost_of_nothing();
        left
    }
}

pub(super) fn money(row: &Row, column: &str) -> Result<Option<PicoUsdSum>, DbError> {
    let text: Option<&str> = row.get(column);
    let parsed = text.map(PicoUsdSum::from_pico_text).transpose();
    parsed.map_err(|_| DbError::Unexpected("a malformed sum"))
}
