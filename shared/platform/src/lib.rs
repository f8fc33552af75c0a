//! The platform under every function: environment, secrets, AWS credentials, TLS and logs.

pub mod aws;
pub mod environment;
pub mod secrets;
pub mod telemetry;
pub mod tls;
