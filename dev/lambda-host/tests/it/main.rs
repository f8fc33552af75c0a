//! The functions under the Runtime API, and the sample events.
#![expect(clippy::expect_used, clippy::panic, reason = "test helpers fail the test")]

mod admin_key;
mod deployed;
mod events;
mod lifecycle;
mod metrics;
mod moto;
mod runtime;
mod secrets;
mod topic;
mod world;
