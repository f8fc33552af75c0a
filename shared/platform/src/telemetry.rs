//! Logs: one JSON object per line on stdout. Bodies, keys and prompts are never logged; their types have no text form.

use std::error::Error;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Crates that log whole events below INFO, including prompts and keys.
const VERBOSE_CRATES: [&str; 5] = ["lambda_runtime", "lambda_http", "hyper", "tokio_postgres", "reqwest"];

/// Starts logging at `filter`: levels, each of all targets or of one. Later calls in the same process change nothing.
pub fn init(filter: &str) {
    // No `EnvFilter`: it brings a regex engine into every binary, and spans are not filtered here.
    let chosen = filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // Both apply, since a narrower directive of the chosen one would win over another directive. Joined to one filter:
    // with two, `tracing::enabled!` is true whatever they say.
    let lines = lines.with_filter(chosen.and(filter_fn(is_harmless)));
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Logs why a function cannot start: the error and its causes in one line.
pub fn log_failed_start(error: &(dyn Error + 'static)) {
    tracing::error!("{}", with_causes(error));
}

/// The texts of an error and all its causes.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn is_harmless(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO
        || !VERBOSE_CRATES.iter().any(|prefix| metadata.target().starts_with(prefix))
}
