//! Generates calls: a few labels and models make most of them, and latencies and tokens have long tails.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::pricing::PriceBook;
use domain::provider::Provider;
use domain::usage::Usage;
use fastrand::Rng;

use super::copy::GeneratedRow;
use super::schedule::Month;

const LABELS: u64 = 50;
/// Requested and served model, median input and output tokens, microseconds per output token. Most used first.
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
    // Not in the price book, like a private deployment.
    ("team-llama-70b", "team-llama-70b", 1_100.0, 220.0, 15_000.0),
];
const TEAMS: [&str; 8] = ["search", "support", "billing", "growth", "data", "mobile", "research", "platform"];

pub(crate) struct RowGenerator {
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

impl RowGenerator {
    /// Months are generated independently, in any order.
    pub(crate) fn new(seed: u64, month: &Month, book: Arc<PriceBook>, with_raw_usage: bool) -> Self {
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
            rng: Rng::with_seed(seed ^ month.from.timestamp().cast_unsigned().rotate_left(20)),
            book,
            labels: labels(),
            label_bounds: zipf(LABELS, 1.1),
            model_bounds: zipf(MODELS.len() as u64, 0.9),
            tags,
            with_raw_usage,
            raw_usage: String::new(),
            upstream_request_id: String::new(),
        }
    }

    /// Row `index` of `count` in this hour, in order of time.
    pub(crate) fn row(&mut self, hour: DateTime<Utc>, index: u64, count: u64) -> GeneratedRow<'_> {
        const HOUR_MICROS: u64 = 3_600_000_000;
        let width = HOUR_MICROS / count;
        let offset = index * HOUR_MICROS / count + self.rng.u64(..width.max(1));
        let created_at = hour + TimeDelta::microseconds(offset.min(HOUR_MICROS - 1).cast_signed());
        let label = choose(&mut self.rng, &self.label_bounds);
        // Each label prefers other models.
        let model = (choose(&mut self.rng, &self.model_bounds) + label * 3) % MODELS.len();
        let (requested, served, input, output, micros_per_token) =
            MODELS.get(model).copied().unwrap_or(MODELS[0]);
        let is_embedding = output == 0.0;
        let (status, http_status, error_code) = self.status();
        let is_answered = matches!(status, "settled" | "estimated");
        let usage = if status == "failed" { Usage::default() } else { self.usage(input, output, served) };
        let quote = self.book.quote(
            Some(served),
            Provider::OPENAI.model(requested),
            Some("default"),
            &usage,
            created_at,
        );
        let cost_pico_usd =
            if status == "failed" { Some(0) } else { quote.map(|quote| quote.cost.as_pico()) };
        let first_byte = log_normal(&mut self.rng, 380_000.0, 0.5);
        let rest = usage_time(usage.output_tokens, micros_per_token) * log_normal(&mut self.rng, 1.0, 0.3);
        let latency_us = micros(first_byte + rest);
        let stream = !is_embedding && self.rng.u64(..100) < 45;
        let ids = self.ids(created_at, label);
        let has_tags = self.rng.u64(..100) < 60;
        let tags = self.rng.usize(..self.tags.len());
        self.describe(&usage);
        GeneratedRow {
            created_at_micros: created_at.timestamp_micros(),
            latency_us,
            first_byte_us: is_answered.then(|| micros(first_byte)),
            overhead_us: micros(log_normal(&mut self.rng, 1_400.0, 0.4)),
            usage,
            cost_pico_usd,
            price_id: quote.filter(|_| status != "failed").map(|quote| quote.price_id),
            id: ids.0,
            key_id: ids.1,
            http_status,
            attempts: if self.rng.u64(..100) < 2 { 2 } else { 1 },
            stream,
            group: (label, model),
            user_label: self.labels.get(label).map_or("", String::as_str),
            model: requested,
            endpoint: if is_embedding { "embeddings" } else { "chat.completions" },
            status,
            served_model: is_answered.then_some(served),
            error_code,
            upstream_request_id: (status != "abandoned").then_some(self.upstream_request_id.as_str()),
            sdk: if label.is_multiple_of(3) { "js/6.10.0" } else { "python/2.8.1" },
            tags: has_tags.then(|| self.tags.get(tags).map_or("{}", String::as_str)),
            raw_usage: (self.with_raw_usage && status == "settled").then_some(self.raw_usage.as_str()),
        }
    }

    fn status(&mut self) -> (&'static str, Option<i16>, Option<&'static str>) {
        match self.rng.u64(..1000) {
            0..975 => ("settled", Some(200), None),
            975..982 => ("estimated", Some(200), Some("upstream_interrupted")),
            982..992 => ("failed", Some(429), Some("rate_limit_exceeded")),
            992..997 => ("failed", Some(500), Some("server_error")),
            _ => ("abandoned", None, Some("abandoned")),
        }
    }

    fn usage(&mut self, input: f64, output: f64, served: &str) -> Usage {
        let input_tokens = whole(log_normal(&mut self.rng, input, 0.9));
        let output_tokens = whole(log_normal(&mut self.rng, output, 0.8));
        let is_cached = input_tokens > 1024 && self.rng.u64(..100) < 55;
        // The cache contains whole blocks of 128 tokens.
        let cached_tokens = if is_cached { input_tokens * 6 / 10 / 128 * 128 } else { 0 };
        let reasons = served.starts_with("gpt-5") || served.starts_with("o4");
        let reasoning_tokens = if reasons { output_tokens * 6 / 10 } else { 0 };
        Usage { input_tokens, cached_tokens, output_tokens, reasoning_tokens, ..Usage::default() }
    }

    /// A UUIDv7 for the call, and the id of its label's key.
    fn ids(&mut self, at: DateTime<Utc>, label: usize) -> ([u8; 16], [u8; 16]) {
        let millis = at.timestamp_millis().cast_unsigned();
        let random = self.rng.u128(..);
        let id = (u128::from(millis) << 80) | (random & ((1 << 80) - 1));
        (versioned(id), key_of(label))
    }

    fn describe(&mut self, usage: &Usage) {
        self.upstream_request_id.clear();
        let _ = write!(self.upstream_request_id, "req_{:032x}", self.rng.u128(..));
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

/// By their numbers, as the models are.
pub(super) fn labels() -> Vec<String> {
    (0..LABELS).map(|n| format!("{}-{n:02}", pick(&TEAMS, n))).collect()
}

/// The id of the one key of a label.
pub(super) fn key_of(label: usize) -> [u8; 16] {
    versioned((0x0199_0000_0000_u128 << 80) | label as u128)
}

pub(super) fn model(number: usize) -> &'static str {
    MODELS.get(number).unwrap_or(&MODELS[0]).0
}

fn versioned(value: u128) -> [u8; 16] {
    ((value & !(0xf << 76) & !(0x3 << 62)) | (0x7 << 76) | (0x2 << 62)).to_be_bytes()
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

/// The upper bound of each rank among all 64-bit numbers, for a Zipf distribution.
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

/// A random rank, by the upper bounds of all ranks.
fn choose(rng: &mut Rng, bounds: &[u64]) -> usize {
    let random = rng.u64(..);
    bounds.partition_point(|bound| *bound < random).min(bounds.len() - 1)
}

/// Around `median`; two thirds are within a factor of e^sigma.
fn log_normal(rng: &mut Rng, median: f64, sigma: f64) -> f64 {
    // A sum of uniform numbers is close enough to normal, and faster than logarithms and cosines.
    let sum: f64 = (0..4).map(|_| rng.f64()).sum();
    median * (sigma * (sum - 2.0) * 3.0_f64.sqrt()).exp()
}
