//! `summary` over its router, on ledgers written row by row.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod corrections;
mod docs;
mod export;
mod filters;
mod health;
mod me;
mod model;
mod property;
mod reading;
mod receipts;
mod series;
mod shape;
mod stated_costs;
mod totals;

use axum::Router;
use summary::{Config, SummaryState};
use testkit::Harness;

/// The router as deployed: with the rights of its own database role only.
async fn router(harness: &Harness) -> Router {
    let config = Config::from_env(&harness.environment("summary", &[])).expect("a configuration");
    summary::router(SummaryState::new(config).await.expect("a state"))
}
