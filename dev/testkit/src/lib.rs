//! What tests of the functions need: a database each, keys, the mock provider, and requests through a router.
//!
//! The server is named by `TEST_DATABASE_URL`, a superuser's URL; `cargo xtask test rust-tests` starts one.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod database;
mod harness;
mod reply;

pub use database::TestDb;
pub use harness::{Harness, KeyBuilder, PEPPER};
pub use reply::{Reply, get, post, request, send};
