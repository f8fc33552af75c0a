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
    let all: [(&str, Render); 10] = [
        ("measures", plain),
        ("measures_needed", needed),
        ("measures_signed", signed),
        ("measures_added", added),
        ("measures_written", written),
        ("expected_measures", expected),
        ("actual_measures", actual),
        ("sums", summed),
        ("ledger_sums", summed_from_ledger),
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

/// The condition that a row `actual` or a row `expected` is missing, or that one differs from the other.
pub(super) fn sums_differ() -> String {
    let columns = measure_columns();
    let differing = columns.iter().map(|x| format!("actual.{x} is distinct from expected.{x}"));
    let missing =
        ["actual.level is null", "expected.level is null", "actual.last_call_at <> expected.last_call_at"];
    let conditions = missing.map(str::to_owned).into_iter().chain(differing);
    format!("({})", conditions.collect::<Vec<_>>().join(" or "))
}

fn list(render: Render, is_in: impl Fn(&str) -> bool) -> String {
    let measures = MEASURES.iter().filter(|measure| is_in(measure.name()));
    measures.map(render).collect::<Vec<_>>().join(", ")
}

/// The columns of all measures.
pub fn measure_columns() -> Vec<String> {
    MEASURES.iter().flat_map(columns).collect()
}

fn columns(measure: &Measure) -> Vec<String> {
    match measure {
        Count(x) | Amount(x) => vec![(*x).to_owned()],
        Distribution(x) => ["min_us", "max_us", "histogram"].map(|part| format!("{x}_{part}")).to_vec(),
    }
}

fn each_column(measure: &Measure, render: impl Fn(&str) -> String) -> String {
    columns(measure).iter().map(|column| render(column)).collect::<Vec<_>>().join(", ")
}

fn plain(measure: &Measure) -> String {
    columns(measure).join(", ")
}

fn expected(measure: &Measure) -> String {
    each_column(measure, |x| format!("expected.{x}"))
}

fn actual(measure: &Measure) -> String {
    each_column(measure, |x| format!("actual.{x}"))
}

/// Assignments that replace a row of `usage_rollups` by a row `excluded`.
fn written(measure: &Measure) -> String {
    each_column(measure, |x| format!("{x} = excluded.{x}"))
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
        Count(x) => format!("usage_count_sum({x}) as {x}"),
        Amount(x) => format!("usage_amount_sum({x}) as {x}"),
        Distribution(x) => format!(
            "min({x}_min_us) as {x}_min_us, max({x}_max_us) as {x}_max_us, \
            usage_histogram_sum({x}_histogram) as {x}_histogram"
        ),
    }
}

/// As [`summed`], for rows of the ledger, whose amounts are integers that can add up to more than an integer holds.
fn summed_from_ledger(measure: &Measure) -> String {
    match measure {
        Amount(x) => format!("sum({x}) as {x}"),
        Count(_) | Distribution(_) => summed(measure),
    }
}

/// Sums as [`crate::usage`] reads them: amounts are wider than any number of the driver.
fn sent(measure: &Measure) -> String {
    match measure {
        Amount(x) => format!("usage_amount_sum({x})::text as {x}"),
        Count(_) | Distribution(_) => summed(measure),
    }
}
