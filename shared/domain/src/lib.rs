//! The vocabulary of the product: no I/O, no clock.

pub mod audit;
pub mod calls;
pub mod change;
pub mod ids;
pub mod keys;
pub mod limits;
pub mod model_routes;
pub mod money;
pub mod names;
pub mod prices;
pub mod pricing;
pub mod provider;
pub mod queries;
pub mod reconcile;
pub mod upstreams;
pub mod usage;
pub mod words;
