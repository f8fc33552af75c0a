//! The provider: its wire format, its streams, when to try again, and the client that calls it.

mod answer;
mod client;
mod config;
mod key;
pub mod organization;
pub mod retry;
pub mod sse;
pub mod wire;

pub use answer::{Answer, Failure, FailureKind};
pub use client::{Client, ClientError, Outgoing, forwarded_headers, retry_after};
pub use config::UpstreamConfig;
pub use key::ProviderKey;
