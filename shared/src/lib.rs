//! What every function shares. `ids`, `money`, `names`, `usage`, `pricing`, `limits` and `openai::{wire, sse, retry}` are
//! pure; `db` knows SQL, `http` knows HTTP in, `openai::client` knows HTTP out, `secrets` knows AWS.

pub mod auth;
pub mod config;
pub mod db;
pub mod http;
pub mod ids;
pub mod lambda;
pub mod limits;
pub mod money;
pub mod names;
pub mod openai;
pub mod pricing;
pub mod secrets;
pub mod telemetry;
mod tls;
pub mod usage;
