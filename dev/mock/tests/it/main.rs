//! The mock over real HTTP: every endpoint, every fault, and counters that match what was sent.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test helpers fail the test")]

mod anthropic;
mod bedrock;
mod chat;
mod client;
mod counters;
mod embeddings;
mod faults;
mod gemini;
mod keys;
mod organization;
mod responses;
mod siblings;
mod stored;
mod tools;
