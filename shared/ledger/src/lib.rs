//! SQL: one module a subject, its statements in `.sql` files beside it, each one statement and one round trip.

pub mod audit;
pub mod background;
mod batches;
pub mod calls;
pub mod catalog;
pub mod change;
mod config;
mod error;
mod executor;
pub mod keys;
pub mod limits;
pub mod migrate;
pub mod model_routes;
pub mod objects;
pub mod partitions;
mod pool;
pub mod prices;
pub mod provider;
pub mod reconcile;
pub mod rollups;
pub mod statement;
mod time;
pub mod upstreams;
pub mod usage;

pub use config::{DatabaseAuth, DatabaseConfig};
pub use error::DbError;
pub use pool::Database;
