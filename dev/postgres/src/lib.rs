//! A real Postgres for development and tests: finds or installs the binaries, creates a cluster, starts and stops it.
//!
//! - `binaries`: finds `postgres` and `initdb`, or installs them
//! - `account`: the user that runs the server (Postgres refuses root) and the folders this user can reach
//! - `cluster`: creates the data folder
//! - `launch`: starts the server process
//! - `process`: finds and ends processes
//! - `server`: a running server, stopped on drop
//! - `watchdog`: ends a process once this one has ended, however it ended

mod account;
mod binaries;
mod cluster;
mod error;
mod launch;
mod process;
mod server;
mod watchdog;

pub use cluster::{PASSWORD, USER};
pub use error::Error;
pub use server::{Server, ServerSettings, Shutdown};
pub use watchdog::{WatchTarget, Watchdog};
