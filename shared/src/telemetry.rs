//! Logs: one JSON object a line on stdout. Never a body, a key or a prompt: those types have no text form.

use tracing_subscriber::EnvFilter;

/// Starts logging at `filter` (the syntax of `RUST_LOG`). Later calls in the same process change nothing.
///
/// The runtime's own crate is held at INFO: at TRACE it logs whole events, and with them prompts and keys.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let held =
        ["lambda_runtime=info", "lambda_http=info", "hyper=info", "hyper_util=info", "tokio_postgres=info"];
    let filter =
        held.iter().filter_map(|directive| directive.parse().ok()).fold(filter, EnvFilter::add_directive);
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
}
