//! A local Lambda: serves the Runtime API to a function binary that runs as a child process.
//!
//! ```no_run
//! # async fn example() -> Result<(), lambda_host::HostError> {
//! use std::time::Duration;
//!
//! let mut chat = lambda_host::Function::start("target/release/chat".as_ref(), [("RUST_LOG", "info")]).await?;
//! println!("ready after {:?}", chat.ready().await?);
//! let response = chat.invoke("{}", Duration::from_secs(10)).await?.response().await?;
//! println!("{} after {:?}", response.status, response.ended_after);
//! # Ok(())
//! # }
//! ```

mod api;
pub mod deployed;
mod function;
mod response;

pub use api::TRACE_ID;
pub use function::{Function, HostError, Invocation};
pub use response::{Chunk, FunctionError, FunctionResponse};

/// How the variables of a deployed function differ from those of the tests.
pub const DEPLOYED: [(&str, &str); 5] = [
    ("DATABASE_POOL_SIZE", "1"),
    ("ACCEPT_PROVIDER_KEYS", ""),
    ("UPSTREAM_TIMEOUT_SECONDS", ""),
    ("RUST_LOG", "off"),
    ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "1"),
];
