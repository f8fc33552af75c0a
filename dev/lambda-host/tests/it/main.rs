//! The functions under the Runtime API, and the sample events.
#![expect(clippy::expect_used, clippy::panic, reason = "test helpers fail the test")]

mod admin_key;
mod call_log;
mod deployed;
mod events;
mod filters;
mod lifecycle;
mod moto;
mod runtime;
mod secrets;
mod topic;
mod world;
