//! What calls add up to in a bucket, as rollups keep it.

use std::collections::BTreeMap;

use bytes::BytesMut;
use domain::usage::Usage;

use super::copy::{GeneratedRow, POSTGRES_EPOCH_MICROS, int4, int8, numeric, optional};

/// The columns of [`Sums`], in the order in which it puts them.
pub(super) const COLUMNS: &str = "last_call_at, calls, failed_calls, estimated_calls, abandoned_calls, \
    unpriced_calls, attempts, input_tokens, cached_tokens, cache_write_tokens, cache_write_long_tokens, \
    audio_input_tokens, cached_audio_tokens, output_tokens, reasoning_tokens, audio_output_tokens, \
    image_output_tokens, retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, \
    latency_min_us, latency_max_us, latency_histogram, first_byte_min_us, first_byte_max_us, first_byte_histogram, \
    overhead_min_us, overhead_max_us, overhead_histogram";
pub(super) const COLUMN_COUNT: i16 = 30;
const COUNTS: usize = 18;
/// Digits of base 10,000 that the count of one bin takes.
const BIN_DIGITS: i16 = 3;
const BASE: u128 = 10_000;

/// The sums of a bucket, by the numbers of label and model.
pub(super) type Groups = BTreeMap<(usize, usize), Sums>;

#[derive(Clone, Default)]
pub(super) struct Sums {
    last_call_micros: i64,
    counts: [i64; COUNTS],
    cost_pico_usd: Option<i128>,
    latency: Distribution,
    first_byte: Distribution,
    overhead: Distribution,
}

#[derive(Clone, Default)]
struct Distribution {
    bounds: Option<(i32, i32)>,
    bins: BTreeMap<i16, u64>,
}

impl Sums {
    pub(super) fn of(row: &GeneratedRow<'_>) -> Self {
        let is = |status: &str| i64::from(row.status == status);
        let Usage { input_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, .. } = row.usage;
        let Usage { output_tokens, reasoning_tokens, audio_output_tokens, .. } = row.usage;
        Self {
            last_call_micros: row.created_at_micros,
            counts: [
                1,
                is("failed"),
                is("estimated"),
                is("abandoned"),
                i64::from(row.cost_pico_usd.is_none()),
                row.attempts.into(),
                input_tokens,
                cached_tokens,
                cache_write_tokens,
                0,
                audio_input_tokens,
                0,
                output_tokens,
                reasoning_tokens,
                audio_output_tokens,
                0,
                0,
                0,
            ],
            cost_pico_usd: row.cost_pico_usd.map(i128::from),
            latency: Distribution::of(Some(row.latency_us)),
            first_byte: Distribution::of(row.first_byte_us),
            overhead: Distribution::of(Some(row.overhead_us)),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.last_call_micros = self.last_call_micros.max(other.last_call_micros);
        for (sum, count) in self.counts.iter_mut().zip(other.counts) {
            *sum += count;
        }
        self.cost_pico_usd =
            [self.cost_pico_usd, other.cost_pico_usd].into_iter().flatten().reduce(|one, two| one + two);
        self.latency.add(&other.latency);
        self.first_byte.add(&other.first_byte);
        self.overhead.add(&other.overhead);
    }

    pub(super) fn put(&self, out: &mut BytesMut) {
        int8(out, self.last_call_micros - POSTGRES_EPOCH_MICROS);
        for count in self.counts {
            int8(out, count);
        }
        optional(out, self.cost_pico_usd, |out, cost| {
            numeric(out, &digits(cost.unsigned_abs(), 10), 0);
        });
        numeric(out, &[], 0);
        for distribution in [&self.latency, &self.first_byte, &self.overhead] {
            distribution.put(out);
        }
    }
}

impl Distribution {
    fn of(micros: Option<i32>) -> Self {
        Self {
            bounds: micros.map(|micros| (micros, micros)),
            bins: micros.map(|micros| (bin(micros), 1)).into_iter().collect(),
        }
    }

    fn add(&mut self, other: &Self) {
        let bounds = [self.bounds, other.bounds].into_iter().flatten();
        self.bounds = bounds.reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)));
        for (bin, count) in &other.bins {
            *self.bins.entry(*bin).or_default() += count;
        }
    }

    fn put(&self, out: &mut BytesMut) {
        optional(out, self.bounds.map(|bounds| bounds.0), int4);
        optional(out, self.bounds.map(|bounds| bounds.1), int4);
        let ends = self.bins.first_key_value().zip(self.bins.last_key_value());
        optional(out, ends.map(|(first, last)| (*first.0, *last.0)), |out, (first, last)| {
            let count = |bin| self.bins.get(&bin).copied().unwrap_or_default();
            let all: Vec<i16> = (first..=last)
                .rev()
                .flat_map(|bin| digits(count(bin).into(), usize::from(BIN_DIGITS.unsigned_abs())))
                .collect();
            numeric(out, &all, first * BIN_DIGITS);
        });
    }
}

/// The last `count` digits of base 10,000, the highest first.
fn digits(number: u128, count: usize) -> Vec<i16> {
    let powers = (0..count).rev().map(|place| BASE.pow(u32::try_from(place).unwrap_or_default()));
    powers.map(|power| i16::try_from(number / power % BASE).unwrap_or_default()).collect()
}

/// As the routine `usage_bin`.
#[expect(clippy::cast_possible_truncation, reason = "at most 226")]
fn bin(micros: i32) -> i16 {
    if micros < 1 { 0 } else { 1 + (f64::from(micros).ln() / 1.1_f64.ln()).floor() as i16 }
}
