//! Values of requests: each type is deserialised from JSON or a query string and says in its error what it must be.

mod names;
mod numbers;
mod one_of;
mod patch;
pub mod schemas;
mod text;
mod time;

pub use names::{Label, ModelName, ProviderName};
pub use numbers::{RawJson, Whole, decimal};
pub use one_of::OneOf;
pub use patch::{Patch, Presence};
pub use text::{Id, SearchText};
pub use time::{Date, Instant};
