//! The measures: what rollups keep of calls, and how each adds up. A new one is a line here, a column of
//! `usage_rollups`, and what a ledger row adds to it in the routines `usage_changes` and `usage_ledger_sums`; a test
//! compares the four. The time of the last call is not among them, as reports treat it by rules of their own.

use Measure::{Amount, Count, Distribution};

enum Measure {
    Count(&'static str),
    /// pico-USD.
    Amount(&'static str),
    /// Of a duration: its extremes and its histogram.
    Distribution(&'static str),
}

impl Measure {
    const fn name(&self) -> &'static str {
        match self {
            Count(x) | Amount(x) | Distribution(x) => x,
        }
    }
}

const MEASURES: &[Measure] = &[
    Count("calls"),
    Count("failed_calls"),
    Count("estimated_calls"),
    Count("abandoned_calls"),
    Count("unpriced_calls"),
    Count("attempts"),
    Count("input_tokens"),
    Count("cached_tokens"),
    Count("cache_write_tokens"),
    Count("cache_write_long_tokens"),
    Count("audio_input_tokens"),
    Count("cached_audio_tokens"),
    Count("output_tokens"),
    Count("reasoning_tokens"),
    Count("audio_output_tokens"),
    Count("image_output_tokens"),
    Count("retried_input_tokens"),
    Count("retried_output_tokens"),
    Amount("cost_pico_usd"),
    Amount("retried_cost_pico_usd"),
    Distribution("latency"),
    Distribution("first_byte"),
    Distribution("overhead"),
];

/// Those that responses without details show.
const BRIEF: &[&str] = &[
    "calls",
    "failed_calls",
    "estimated_calls",
    "abandoned_calls",
    "unpriced_calls",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_pico_usd",
    "latency",
];

/// Those that say which groups are the largest.
const RANKING: &[&str] = &["calls", "input_tokens", "output_tokens", "cost_pico_usd"];

/// The columns of a measure, as one list of a statement has them.
type Render = fn(&Measure) -> String;

/// Lists of columns by the name that statements give them. Adding up a measure for thousands of rows takes as long as
/// reading them, so reports have lists of their own for what they show.
pub(super) fn lists() -> impl Iterator<Item = (&'static str, String)> {
    let all: [(&str, Render); 6] = [
        ("measures", plain),
        ("measures_needed", needed),
        ("measures_signed", signed),
        ("measures_added", added),
        ("sums", summed),
        ("sums_sent", sent),
    ];
    let brief: [(&str, Render); 3] =
        [("brief_measures", plain), ("brief_measures_needed", needed), ("brief_sums_sent", sent)];
    let ranking: [(&str, Render); 3] =
        [("ranking_measures", plain), ("ranking_measures_needed", needed), ("ranking_sums_sent", sent)];
    let all = all.into_iter().map(|(name, render)| (name, list(render, |_| true)));
    let brief = brief.into_iter().map(|(name, render)| (name, list(render, |x| BRIEF.contains(&x))));
    let ranking = ranking.into_iter().map(|(name, render)| (name, list(render, |x| RANKING.contains(&x))));
    all.chain(brief).chain(ranking)
}

fn list(render: Render, is_in: impl Fn(&str) -> bool) -> String {
    let measures = MEASURES.iter().filter(|measure| is_in(measure.name()));
    measures.map(render).collect::<Vec<_>>().join(", ")
}

/// The columns of all measures.
pub fn measure_columns() -> Vec<String> {
    MEASURES
        .iter()
        .flat_map(|measure| plain(measure).split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn plain(measure: &Measure) -> String {
    match measure {
        Count(x) | Amount(x) => (*x).to_owned(),
        Distribution(x) => format!("{x}_min_us, {x}_max_us, {x}_histogram"),
    }
}

/// The columns with only those histograms that `query.histograms` asks for: 0 none, 1 of latency, 2 all.
fn needed(measure: &Measure) -> String {
    match measure {
        Count(_) | Amount(_) => plain(measure),
        Distribution(x) => format!(
            "{x}_min_us, {x}_max_us, case when query.histograms > {without} then {x}_histogram end as {x}_histogram",
            without = i32::from(*x != "latency")
        ),
    }
}

/// The columns times `sign`. The extremes of what is subtracted say nothing about those of the difference.
fn signed(measure: &Measure) -> String {
    match measure {
        Count(x) | Amount(x) => format!("sign * {x} as {x}"),
        Distribution(x) => format!(
            "case when sign > 0 then {x}_min_us end as {x}_min_us, \
            case when sign > 0 then {x}_max_us end as {x}_max_us, \
            case when sign > 0 then {x}_histogram else -{x}_histogram end as {x}_histogram"
        ),
    }
}

/// Assignments that add a row `excluded` to a row `r` of `usage_rollups`.
fn added(measure: &Measure) -> String {
    match measure {
        Count(x) => format!("{x} = r.{x} + excluded.{x}"),
        Amount(x) => added_or_either(x),
        Distribution(x) => format!(
            "{x}_min_us = least(r.{x}_min_us, excluded.{x}_min_us), \
            {x}_max_us = greatest(r.{x}_max_us, excluded.{x}_max_us), {}",
            added_or_either(&format!("{x}_histogram"))
        ),
    }
}

fn added_or_either(x: &str) -> String {
    format!("{x} = coalesce(r.{x} + excluded.{x}, r.{x}, excluded.{x})")
}

fn summed(measure: &Measure) -> String {
    match measure {
        Count(x) => format!("sum({x})::bigint as {x}"),
        Amount(x) => format!("sum({x}) as {x}"),
        Distribution(x) => format!(
            "min({x}_min_us) as {x}_min_us, max({x}_max_us) as {x}_max_us, \
            usage_histogram_sum({x}_histogram) as {x}_histogram"
        ),
    }
}

/// Sums as [`crate::usage`] reads them: amounts are wider than any number of the driver.
fn sent(measure: &Measure) -> String {
    match measure {
        Amount(x) => format!("sum({x})::text as {x}"),
        Count(_) | Distribution(_) => summed(measure),
    }
}
