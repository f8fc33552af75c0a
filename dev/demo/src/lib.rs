//! `cargo xtask up --demo`: ninety days of a company's calls, so that every page has something to show.
//!
//! The calls are written into the ledger with COPY. Everything else (keys, limits, prices, corrections, rollups, the
//! provider's figures) is made by the product's own functions, in the order of the story, and dated back; so all sums
//! agree as they would after ninety real days. [`fill`] does that in seconds; [`live`] goes on through the API.

mod applications;
mod call;
mod client;
mod corrections;
mod fill;
mod generator;
mod keys;
mod limits;
pub mod live;
mod plan;
mod player;
mod provider_figures;
mod random;
mod rows;
mod schedule;
mod story;
mod upstreams;
mod vendor;

pub use fill::{Filled, fill};
