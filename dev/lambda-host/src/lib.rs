//! A Lambda of one's own: the Runtime API for one function binary, run as a child process.
//!
//! ```no_run
//! # async fn example() -> Result<(), lambda_host::HostError> {
//! use std::time::Duration;
//!
//! let mut chat = lambda_host::Function::start("target/release/chat".as_ref(), [("RUST_LOG", "info")]).await?;
//! println!("polled for its first event after {:?}", chat.ready().await?);
//! let answer = chat.invoke("{}", Duration::from_secs(10)).await?.answer().await?;
//! println!("{} after {:?}", answer.status, answer.ended_after);
//! # Ok(())
//! # }
//! ```

mod answer;
mod api;
mod function;

pub use answer::{Answer, Chunk, Failure};
pub use function::{Function, HostError, Invocation};
