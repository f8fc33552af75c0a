//! The provider: its wire format, its streams, when to try again, and the client that calls it.

mod client;
mod key;
pub mod organization;
pub mod retry;
pub mod sse;
pub mod wire;

pub use client::{
    Answer, Client, ClientError, Failure, FailureKind, Outgoing, forwarded_headers, retry_after,
};
pub use key::ProviderKey;
