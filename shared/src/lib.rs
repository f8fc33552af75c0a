//! What every function shares. `ids`, `money`, `names`, `usage`, `pricing`, `limits`, `reconcile` and
//! `openai::{wire, sse, retry}` are pure; `db` knows SQL, `http` knows HTTP in, `openai::client` knows HTTP out, `aws` and `secrets` know AWS.

pub mod auth;
pub mod aws;
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
pub mod reconcile;
pub mod secrets;
pub mod telemetry;
pub mod tls;
pub mod usage;
