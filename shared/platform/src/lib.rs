//! The platform under every function: environment, secrets, AWS credentials, TLS and logs.

pub mod aws;
mod call_log;
pub mod environment;
pub mod progress;
pub mod secrets;
pub mod telemetry;
pub mod tls;

pub use call_log::{CallLog, CorrelationIds};
