//! A real Postgres for development and tests: finds or installs the binaries, makes a cluster, starts and stops it.
//!
//! - `binaries`: where `postgres` and `initdb` come from
//! - `account`: which user runs the server (Postgres refuses root) and which folders that user can reach
//! - `cluster`: making a data folder, and ending a server that an earlier run left in it
//! - `server`: a running server, stopped when dropped
//! - `watchdog`: ends a process when this one is gone, whatever ended it

mod account;
mod binaries;
mod cluster;
mod error;
mod launch;
mod server;
mod watchdog;

pub use error::Error;
pub use server::{PASSWORD, Server, Settings, Shutdown, USER};
pub use watchdog::{Target, Watchdog};
