//! What only all functions together can show: the merged contract, and a host that never cuts an invocation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod contract;
mod host;
mod reconcile;
