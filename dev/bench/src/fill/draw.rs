//! One call after the other: few labels and models make most of them, and times and tokens have long tails.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::pricing::PriceBook;
use domain::usage::Usage;

use super::copy::Row;
use super::rhythm::Month;

const LABELS: u64 = 50;
/// Requested, served, the usual input and output tokens, microseconds per output token. Most used first.
const MODELS: [(&str, &str, f64, f64, f64); 10] = [
    ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 900.0, 180.0, 9_000.0),
    ("gpt-5-mini", "gpt-5-mini-2025-08-07", 1_400.0, 320.0, 8_000.0),
    ("text-embedding-3-small", "text-embedding-3-small", 350.0, 0.0, 0.0),
    ("gpt-4.1", "gpt-4.1-2025-04-14", 2_200.0, 260.0, 11_000.0),
    ("gpt-5", "gpt-5-2025-08-07", 2_600.0, 700.0, 12_000.0),
    ("gpt-5.4-mini", "gpt-5.4-mini-2026-03-17", 1_600.0, 300.0, 7_000.0),
    ("gpt-4o", "gpt-4o-2024-11-20", 1_500.0, 240.0, 12_000.0),
    ("o4-mini", "o4-mini-2025-04-16", 1_800.0, 900.0, 8_000.0),
    ("gpt-5.4", "gpt-5.4-2026-03-05", 3_000.0, 500.0, 13_000.0),
    // Not in the price book, as a private deployment is.
    ("team-llama-70b", "team-llama-70b", 1_100.0, 220.0, 15_000.0),
];
const TEAMS: [&str; 8] = ["search", "support", "billing", "growth", "data", "mobile", "research", "platform"];

pub(crate) struct Draw {
    rng: Rng,
    book: Arc<PriceBook>,
    labels: Vec<String>,
    label_bounds: Vec<u64>,
    model_bounds: Vec<u64>,
    tags: Vec<String>,
    with_raw_usage: bool,
    raw_usage: String,
    upstream_request_id: String,
}

impl Draw {
    /// Months are drawn independently, in any order.
    pub(crate) fn new(seed: u64, month: &Month, book: Arc<PriceBook>, with_raw_usage: bool) -> Self {
        let labels = (0..LABELS).map(|n| format!("{}-{n:02}", pick(&TEAMS, n))).collect();
        let tags = (0..TEAMS.len() as u64 * 2)
            .map(|n| {
                format!(
                    r#"{{"team": "{}", "env": "{}"}}"#,
                    pick(&TEAMS, n / 2),
                    pick(&["prod", "staging"], n)
                )
            })
            .collect();
        Self {
            rng: Rng(seed ^ month.from.timestamp().cast_unsigned().rotate_left(20)),
            book,
            labels,
            label_bounds: zipf(LABELS, 1.1),
            model_bounds: zipf(MODELS.len() as u64, 0.9),
            tags,
            with_raw_usage,
            raw_usage: String::new(),
            upstream_request_id: String::new(),
        }
    }

    /// Row number `index` of `count` in this hour; later numbers are later calls.
    pub(crate) fn row(&mut self, hour: DateTime<Utc>, index: u64, count: u64) -> Row<'_> {
        const HOUR_MICROS: u64 = 3_600_000_000;
        let width = HOUR_MICROS / count;
        let offset = index * HOUR_MICROS / count + self.rng.below(width.max(1));
        let created_at = hour + TimeDelta::microseconds(offset.min(HOUR_MICROS - 1).cast_signed());
        let label = self.rng.choose(&self.label_bounds);
        // Each label has favourites of its own.
        let model = (self.rng.choose(&self.model_bounds) + label * 3) % MODELS.len();
        let (requested, served, input, output, micros_per_token) =
            MODELS.get(model).copied().unwrap_or(MODELS[0]);
        let is_embedding = output == 0.0;
        let (status, http_status, error_code) = self.ending();
        let is_answered = matches!(status, "settled" | "estimated");
        let usage = if status == "failed" { Usage::default() } else { self.usage(input, output, served) };
        let quote = self.book.quote(Some(served), requested, Some("default"), &usage, created_at);
        let cost_pico_usd =
            if status == "failed" { Some(0) } else { quote.map(|quote| quote.cost.as_pico()) };
        let first_byte = self.rng.log_normal(380_000.0, 0.5);
        let rest = usage_time(usage.output_tokens, micros_per_token) * self.rng.log_normal(1.0, 0.3);
        let latency_us = micros(first_byte + rest);
        let stream = !is_embedding && self.rng.below(100) < 45;
        let ids = self.ids(created_at, label);
        let has_tags = self.rng.below(100) < 60;
        let tags = self.rng.below(self.tags.len() as u64);
        self.describe(&usage);
        Row {
            created_at_micros: created_at.timestamp_micros(),
            latency_us,
            first_byte_us: is_answered.then(|| micros(first_byte)),
            overhead_us: micros(self.rng.log_normal(1_400.0, 0.4)),
            usage,
            cost_pico_usd,
            price_id: quote.filter(|_| status != "failed").map(|quote| quote.price_id),
            id: ids.0,
            key_id: ids.1,
            http_status,
            attempts: if self.rng.below(100) < 2 { 2 } else { 1 },
            stream,
            user_label: self.labels.get(label).map_or("", String::as_str),
            model: requested,
            endpoint: if is_embedding { "embeddings" } else { "chat.completions" },
            status,
            served_model: is_answered.then_some(served),
            error_code,
            upstream_request_id: (status != "abandoned").then_some(self.upstream_request_id.as_str()),
            sdk: if label.is_multiple_of(3) { "js/6.10.0" } else { "python/2.8.1" },
            tags: has_tags
                .then(|| self.tags.get(usize::try_from(tags).unwrap_or(0)).map_or("{}", String::as_str)),
            raw_usage: (self.with_raw_usage && status == "settled").then_some(self.raw_usage.as_str()),
        }
    }

    fn ending(&mut self) -> (&'static str, Option<i16>, Option<&'static str>) {
        match self.rng.below(1000) {
            0..975 => ("settled", Some(200), None),
            975..982 => ("estimated", Some(200), Some("upstream_interrupted")),
            982..992 => ("failed", Some(429), Some("rate_limit_exceeded")),
            992..997 => ("failed", Some(500), Some("server_error")),
            _ => ("abandoned", None, Some("abandoned")),
        }
    }

    fn usage(&mut self, input: f64, output: f64, served: &str) -> Usage {
        let input_tokens = whole(self.rng.log_normal(input, 0.9));
        let output_tokens = whole(self.rng.log_normal(output, 0.8));
        let is_cached = input_tokens > 1024 && self.rng.below(100) < 55;
        // The cache holds whole blocks of 128 tokens.
        let cached_tokens = if is_cached { input_tokens * 6 / 10 / 128 * 128 } else { 0 };
        let reasons = served.starts_with("gpt-5") || served.starts_with("o4");
        let reasoning_tokens = if reasons { output_tokens * 6 / 10 } else { 0 };
        Usage { input_tokens, cached_tokens, output_tokens, reasoning_tokens, ..Usage::default() }
    }

    /// A version 7 id of the call, and the key of its label.
    fn ids(&mut self, at: DateTime<Utc>, label: usize) -> ([u8; 16], [u8; 16]) {
        let millis = at.timestamp_millis().cast_unsigned();
        let random = (u128::from(self.rng.next()) << 64) | u128::from(self.rng.next());
        let versioned = |value: u128| (value & !(0xf << 76) & !(0x3 << 62)) | (0x7 << 76) | (0x2 << 62);
        let id = (u128::from(millis) << 80) | (random & ((1 << 80) - 1));
        let key = (0x0199_0000_0000_u128 << 80) | label as u128;
        (versioned(id).to_be_bytes(), versioned(key).to_be_bytes())
    }

    fn describe(&mut self, usage: &Usage) {
        self.upstream_request_id.clear();
        let _ = write!(self.upstream_request_id, "req_{:016x}{:016x}", self.rng.next(), self.rng.next());
        if self.with_raw_usage {
            self.raw_usage.clear();
            let _ = write!(
                self.raw_usage,
                r#"{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}}"#,
                usage.input_tokens,
                usage.output_tokens,
                usage.input_tokens + usage.output_tokens,
                usage.cached_tokens,
                usage.reasoning_tokens,
            );
        }
    }
}

fn pick<T: Copy, const N: usize>(from: &[T; N], n: u64) -> T {
    from[usize::try_from(n % N as u64).unwrap_or(0)]
}

#[expect(clippy::cast_precision_loss, reason = "far fewer tokens than a float holds exactly")]
fn usage_time(output_tokens: i64, micros_per_token: f64) -> f64 {
    output_tokens as f64 * micros_per_token
}

#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
fn micros(value: f64) -> i32 {
    value as i32
}

#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
fn whole(value: f64) -> i64 {
    value as i64
}

/// Upper bounds of the ranks among all 64-bit numbers.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distribution need not be exact"
)]
fn zipf(ranks: u64, exponent: f64) -> Vec<u64> {
    let weights: Vec<f64> = (1..=ranks).map(|rank| (rank as f64).powf(-exponent)).collect();
    let total: f64 = weights.iter().sum();
    let sums = weights.iter().scan(0.0, |sum, weight| {
        *sum += weight / total;
        Some(*sum)
    });
    sums.map(|sum| (sum * u64::MAX as f64) as u64).collect()
}

/// `SplitMix64`.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`, which is not 0.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn choose(&mut self, bounds: &[u64]) -> usize {
        let drawn = self.next();
        bounds.partition_point(|bound| *bound < drawn).min(bounds.len() - 1)
    }

    /// Around `median`; two thirds lie within a factor of e^sigma.
    #[expect(clippy::cast_precision_loss, reason = "randomness need not be exact")]
    fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        // A sum of uniform numbers is close enough to normal, and quicker than logarithms and cosines.
        let sum: u64 = (0..4).map(|_| self.next() >> 34).sum();
        let standard = (sum as f64 / (1_u64 << 30) as f64 - 2.0) * 3.0_f64.sqrt();
        median * (sigma * standard).exp()
    }
}
