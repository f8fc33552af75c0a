//! The database modules against a real, migrated Postgres.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod access;
mod batches;
mod buckets;
mod each;
mod history;
mod in_flight;
mod limits;
mod measures;
mod migrations;
mod pieces;
mod plain;
mod providers;
mod rollups;
mod routines;
mod seeds;
mod settled;
mod statements;
mod traffic;
mod unsound;
mod upgrade;
mod windows;
