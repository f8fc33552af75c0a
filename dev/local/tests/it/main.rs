//! Tests across functions: the merged contract, reconciliation, and a host that never cuts an invocation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail the test")]

mod background;
mod bills;
mod boundaries;
mod contract;
mod host;
mod reconcile;
