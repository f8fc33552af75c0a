//! `chat` over its router: the wire on one side, the ledger's row on the other, the mock provider behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod agents;
mod answers;
mod bedrock;
mod bedrock_metering;
mod bounds;
mod budgets;
mod documented;
mod drop_in;
mod endpoints;
mod fallback;
mod faults;
mod fees;
mod gateways;
mod gemini;
mod gemini_metering;
mod held;
mod hung;
mod keys;
mod labels;
mod limits;
mod llm_chat;
mod messages;
mod messages_metering;
mod metering;
mod models;
mod overshoot;
mod passthrough;
mod paths;
mod plain;
mod provider;
mod raw;
mod restart;
mod retries;
mod round_trips;
mod scripted;
mod settlement;
mod stored;
mod streams;
mod upstreams;

use axum::Router;
use chat::{ChatState, Config};
use testkit::Harness;

/// The router as deployed: with the rights of its own database role only.
async fn router(harness: &Harness, changes: &[(&str, &str)]) -> Router {
    let config = Config::from_env(&harness.environment("chat", changes)).expect("a configuration");
    chat::router(ChatState::new(config).await.expect("a state"))
}
