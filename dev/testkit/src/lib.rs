//! Set-up for tests of the functions: a database per test, keys, the mock provider, and requests to a router.
//!
//! `TEST_DATABASE_URL` is the superuser's URL of a server; `cargo xtask test rust-tests` starts one.

#![expect(clippy::expect_used, clippy::panic, reason = "a test without its set-up fails")]

mod database;
mod harness;
mod limit;
mod reply;

pub use database::TestDb;
pub use harness::{Harness, KeyBuilder, PEPPER, variables};
pub use limit::LimitBuilder;
pub use reply::{Reply, get, post, request, send};
