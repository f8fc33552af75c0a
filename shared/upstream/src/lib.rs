//! The provider: its wire format, its event streams, when to retry, and the client that calls it.

mod client;
mod config;
mod connection;
mod decode;
mod failover;
mod json;
mod key;
pub mod organization;
mod redact;
mod request;
mod response;
pub mod retry;
pub mod sse;
pub mod wire;

pub use client::{Client, ClientError};
pub use config::UpstreamConfig;
pub use failover::{Failover, FailoverCause};
pub use key::{Auth, ProviderKey};
pub use request::{UpstreamRequest, forwarded_headers};
pub use response::{UpstreamFailure, UpstreamFailureKind, UpstreamResponse, retry_after};
