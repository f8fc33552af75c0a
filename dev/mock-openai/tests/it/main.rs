//! The mock over real HTTP: each endpoint, each fault, and counters that agree with what was sent.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where one of its helpers fails")]

mod chat;
mod client;
mod counters;
mod embeddings;
mod faults;
mod keys;
mod organization;
mod responses;
